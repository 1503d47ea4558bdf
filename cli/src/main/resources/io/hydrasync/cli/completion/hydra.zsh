_hydra() {
  local at position option subcommands flags valued parameters stops values word
  local -a plain
  _hydra_walk "${(@)words[2,CURRENT-1]}"
  if [[ -z $option && $PREFIX == --*=* ]]; then
    option=${PREFIX%%=*}
    compset -P '*='
    _hydra_values
  elif [[ -z $option && $PREFIX == -* && ( -z $stops || $position == 0 ) ]]; then
    values=$flags
  else
    _hydra_values
  fi
  for word in ${=values}; do
    case $word in
      '<file>') _files ;;
      '<directory>') _files -/ ;;
      '<command>') _command_names -e ;;
      '<@file>')
        if compset -P '@'; then
          _files
        else
          compadd -S '' -- @
        fi
        ;;
      *) plain+=("$word") ;;
    esac
  done
  compadd -a -- plain
}

# In a folder of $fpath this is the body of the function itself.
if [[ $funcstack[1] == _hydra ]]; then
  _hydra "$@"
else
  compdef _hydra hydra
fi
