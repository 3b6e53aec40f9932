"""What shells need to complete `lstm-jax`: its programs by name, and their settings as Hydra answers them."""

_BASH = r"""_lstm_jax() {
    local line=${COMP_LINE:0:$COMP_POINT} word rest choices
    word=${line##* }
    rest=${line#* }
    if [[ $rest != *" "* ]]; then
        COMPREPLY=($(compgen -W "PROGRAMS" -S " " -- "$word"))
        return
    fi
    choices=$(COMP_LINE=$rest lstm-jax "${rest%% *}" -sc query=bash 2>/dev/null)
    COMPREPLY=($(compgen -W "$choices" -- "$word"))
    # Where bash takes the text after = for a word of its own, it wants the rest alone.
    [[ $COMP_WORDBREAKS != *=* || $word != *=* ]] || COMPREPLY=("${COMPREPLY[@]#"${word%"${word##*=}"}"}")
}
complete -o nospace -o default -F _lstm_jax lstm-jax"""

_ZSH = r"""_lstm_jax() {
    if (( CURRENT == 2 )); then
        compadd PROGRAMS
        return
    fi
    local line="${(j: :)words[2,CURRENT-1]} ${PREFIX}"
    compadd -S '' -- ${=$(COMP_LINE=$line lstm-jax $words[2] -sc query=bash 2>/dev/null)}
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
compdef _lstm_jax lstm-jax"""

_FISH = r"""function __lstm_jax
    set -l words (commandline -cpo)
    set -lx COMP_LINE (string join ' ' -- $words[2..-1] (commandline -ct))
    lstm-jax $words[2] -sc query=fish 2>/dev/null
end
complete -c lstm-jax -f -n 'test (count (commandline -cpo)) -eq 1' -a 'PROGRAMS'
complete -c lstm-jax -f -n 'test (count (commandline -cpo)) -gt 1' -a '(__lstm_jax)'"""

SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
"""For each shell a script to be evaluated, in which PROGRAMS stands for the names of the programs."""
