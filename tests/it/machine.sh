# A machine of its own: this system with a layer in memory above it. The guide's application is deployed there by a user
# who is made for it; then the script runs, as root. It is gone with the namespace.
world=$1
cd "$world"
mkdir layer
mount -t tmpfs none layer
mkdir layer/upper layer/work layer/root
mount -t overlay overlay -o lowerdir=/,upperdir=layer/upper,workdir=layer/work layer/root
cd layer/root
mount -t proc none proc
mount -t tmpfs none run
mount -t tmpfs none dev
for device in null zero full random urandom tty; do
    touch dev/$device
    mount --bind /dev/$device dev/$device
done
mkdir dev/shm dev/pts
ln -s /proc/self/fd dev/fd
mount --bind /sys sys
mount -o remount,bind,ro sys
cp "$world"/tools/* usr/local/bin/
mkdir srv/files
mount --bind "$world/files" srv/files
cp -R "$world/dev" srv/dev
chroot . bash -euo pipefail -c '
useradd --create-home notes
install -d -o notes -g notes /srv/notes /srv/notes/log /srv/notes/run
chown -R notes: /srv/dev
cd /srv/dev
as() { setpriv --reuid=notes --regid=notes --clear-groups env HOME=/home/notes "$@"; }
as relswitch init /srv/notes >/dev/null
as git init -q -b main
as git config user.name Developer
as git config user.email developer@example.com
as git add .
as git commit -q -m First
as git remote add prod /srv/notes/repo.git
as cp -R wheels /srv/notes/wheels/$(sha256sum requirements.wheels.txt | cut -d" " -f1)
as git push -q prod main
as sh /srv/files/deploy.sh /srv/notes main
'
exec chroot . bash -euo pipefail /srv/files/script
