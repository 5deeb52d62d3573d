# Where is this file? Not every shell says so.
if [ -n "${BASH_VERSION-}" ]; then
    eval '_VENV_FILE=${BASH_SOURCE[0]}'
elif [ -n "${ZSH_VERSION-}" ]; then
    eval '_VENV_FILE=${(%):-%x}'
else
    _VENV_FILE=./@SCRIPTS@/activate
fi
VIRTUAL_ENV=$(realpath -- "$(dirname -- "$(realpath -- "$_VENV_FILE")")/@UP@" 2>/dev/null) || :
unset _VENV_FILE
if ! [ -e "$VIRTUAL_ENV/pyvenv.cfg" ]; then
    echo 'This shell does not say where the file is that it reads: cd to the environment, then . ./@SCRIPTS@/activate' >&2
    unset VIRTUAL_ENV
    return 1
fi
