# Puts this environment first in the search path. Read it in: . bin/activate
# The function "deactivate" takes that back.

deactivate() {
    if [ "${_VENV_OLD_PATH+set}" ]; then
        PATH=$_VENV_OLD_PATH
        export PATH
        unset _VENV_OLD_PATH
    fi
    if [ "${_VENV_OLD_PYTHONHOME+set}" ]; then
        PYTHONHOME=$_VENV_OLD_PYTHONHOME
        export PYTHONHOME
        unset _VENV_OLD_PYTHONHOME
    fi
    if [ "${_VENV_OLD_PS1+set}" ]; then
        PS1=$_VENV_OLD_PS1
        unset _VENV_OLD_PS1
    fi
    unset VIRTUAL_ENV VIRTUAL_ENV_PROMPT
    hash -r 2>/dev/null || :
    if [ "${1-}" != again ]; then
        unset -f deactivate
    fi
}

deactivate again

@PLACE@
VIRTUAL_ENV_PROMPT=@PROMPT@
export VIRTUAL_ENV VIRTUAL_ENV_PROMPT

_VENV_OLD_PATH=$PATH
PATH=$VIRTUAL_ENV/@SCRIPTS@:$PATH
export PATH

if [ "${PYTHONHOME+set}" ]; then
    _VENV_OLD_PYTHONHOME=$PYTHONHOME
    unset PYTHONHOME
fi

if [ -z "${VIRTUAL_ENV_DISABLE_PROMPT-}" ]; then
    _VENV_OLD_PS1=${PS1-}
    PS1="($VIRTUAL_ENV_PROMPT) ${PS1-}"
fi

hash -r 2>/dev/null || :
