#!/bin/sh
# deploy.sh: what a production host does with a commit that was pushed to it, as the user who owns the
# application's folder. No network is needed, and no root.
#
#   deploy.sh prepare APP [REF]   make a release of the commit and build it; prints its id
#   deploy.sh switch APP ID       serve it: reload and probe as APP/.relswitch/config.json says
#   deploy.sh APP [REF]           both
#
# A release is built in its own folder: an environment from its lock and from the wheels in
# APP/wheels/DIGEST-OF-THE-LOCK, then the project's own deploy/build, if it has one (static files, migrations),
# with the environment's programs first on PATH. Where the mock etc/ of the release differs from /etc, the plan is
# shown: to apply it is an administrator's business.
#
# A commit that is ready already is not built again. What fails is marked as failed, and the release that was
# served is served on. Words go to standard error. Settings, by environment:
#   DEPLOY_PYTHON  the interpreter (python3)      DEPLOY_LOCK  the lock (requirements.wheels.txt)
#   DEPLOY_ETC     what etc/ is a mock of (/etc)
set -eu

say() { printf -- '-----> %s\n' "$*" >&2; }
fail() { printf -- 'deploy.sh: %s\n' "$*" >&2; exit 65; }
usage() { sed -n 's/^#   \(deploy\.sh\)/usage: \1/p' "$0" >&2; exit 2; }

# Says where the wheels of the commit are, before anything is made of it.
find_wheels() {
    git -C "$app/repo.git" cat-file -e "$ref:$lock" || fail "$ref has no $lock: lock and fetch, and commit both"
    digest=$(git -C "$app/repo.git" show "$ref:$lock" | sha256sum | cut -d' ' -f1)
    wheels=$app/wheels/$digest
    [ -d "$wheels" ] || fail "the wheels of this lock are not here yet: copy them to $wheels, then push again"
}

prepare() {
    find_wheels
    say "staging $ref"
    id=$(relswitch stage -C "$app" "$ref" --reuse --print id)
    release=$app/releases/$id
    if [ -e "$release/venv" ]; then
        say "$id is ready already"
        return
    fi
    trap 'relswitch fail -C "$app" "$id" --format none; say "$id failed; nothing was switched"' EXIT
    cd "$release"
    say "environment"
    pyvenv-offline -r "$lock" -w "$wheels" --python "$python" --format text venv >&2
    build
    configuration
    relswitch ready -C "$app" "$id" --format none
    trap - EXIT
    cd "$app"
}

build() {
    [ -e deploy/build ] || return 0
    say "deploy/build"
    PATH=$release/venv/bin:$PATH RELSWITCH_ID=$id ./deploy/build >&2
}

# Plans the configuration: shows what differs, and refuses what its daemons would.
configuration() {
    [ -d etc ] || return 0
    status=0
    etcsync plan etc --root "$etc" --exit-code --format json >"$app/plan.json" || status=$?
    case $status in
        0) say "$etc is as this release wants it" ;;
        1)
            say "$etc is not as this release wants it; an administrator applies this, as root:"
            etcsync diff "$app/plan.json" >&2
            say "etcsync plan $release/etc --root $etc | etcsync apply -"
            ;;
        *) exit "$status" ;;
    esac
}

switch() {
    say "switching to $id"
    relswitch switch -C "$app" "$id" --format text >&2
    relswitch prune -C "$app" --format none || say "old releases stay for now"
}

what=both
case ${1-} in
    prepare | switch) what=$1; shift ;;
esac
[ $# -ge 1 ] && [ $# -le 2 ] || usage
app=$(cd "$1" && pwd -P) || fail "there is no $1"
ref=${2-main}
python=${DEPLOY_PYTHON-python3}
lock=${DEPLOY_LOCK-requirements.wheels.txt}
etc=${DEPLOY_ETC-/etc}
# A hook tells git which repository it is in; ours is another one.
unset $(git rev-parse --local-env-vars)

case $what in
    prepare) prepare; echo "$id" ;;
    switch) id=${2?which release?}; switch ;;
    both) prepare; switch; say "serving $id" ;;
esac
