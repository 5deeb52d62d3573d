# A host of the fleet, as process 1 of a namespace of its own: accounts, /srv, /home, /run and processes are its own;
# programs and loopback are the machine's. It lives as long as its sshd.
host=$1 tools=$2
mount --bind "$host/passwd" /etc/passwd
mount --bind "$host/group" /etc/group
mount --bind "$host/srv" /srv
mount --bind "$host/home" /home
mount --bind "$tools" /usr/local/bin
mount -t tmpfs none /run
mount -t proc none /proc
mkdir /run/sshd
exec /usr/sbin/sshd -D -e -f "$host/sshd_config"
