# Puts this environment first in the search path. Read it in: source bin/activate.fish
# The function "deactivate" takes that back.

function deactivate -d "Leave the virtual environment"
    if set -q _venv_old_path
        set -gx PATH $_venv_old_path
        set -e _venv_old_path
    end
    if set -q _venv_old_pythonhome
        set -gx PYTHONHOME $_venv_old_pythonhome
        set -e _venv_old_pythonhome
    end
    if functions -q _venv_old_fish_prompt
        functions -e fish_prompt
        functions -c _venv_old_fish_prompt fish_prompt
        functions -e _venv_old_fish_prompt
    end
    set -e VIRTUAL_ENV
    set -e VIRTUAL_ENV_PROMPT
    if test "$argv[1]" != again
        functions -e deactivate
    end
end

deactivate again

set -gx VIRTUAL_ENV @PLACE@
set -gx VIRTUAL_ENV_PROMPT @PROMPT@

set -g _venv_old_path $PATH
set -gx PATH "$VIRTUAL_ENV/@SCRIPTS@" $PATH

if set -q PYTHONHOME
    set -g _venv_old_pythonhome $PYTHONHOME
    set -e PYTHONHOME
end

if test -z "$VIRTUAL_ENV_DISABLE_PROMPT"; and functions -q fish_prompt
    functions -c fish_prompt _venv_old_fish_prompt
    function fish_prompt
        printf '(%s) ' "$VIRTUAL_ENV_PROMPT"
        _venv_old_fish_prompt
    end
end
