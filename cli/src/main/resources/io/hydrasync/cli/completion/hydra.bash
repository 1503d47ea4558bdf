# Readline knows no files behind @.
_hydra_at_files() {
  local file
  while IFS= read -r file; do
    if [ -d "$file" ]; then
      file=$file/
      compopt -o nospace 2>/dev/null
    fi
    COMPREPLY+=("@$(printf %q "$file")")
  done < <(compgen -f -- "${current#@}")
}

# Completes words, or leaves it to readline, which completes files as for any command.
_hydra_offer() {
  local word words= own=no behind=
  for word in $values; do
    case $word in
      '<file>') own=default ;;
      '<directory>') own=dirnames ;;
      '<command>') words="$words $(compgen -c -- "$current")" own=default ;;
      '<@file>')
        case $current in
          @*) behind=yes ;;
          '') words="$words @" ;;
        esac
        ;;
      *) words="$words $word" ;;
    esac
  done
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [ -n "$behind" ]; then
    _hydra_at_files
  elif [ "${COMPREPLY[*]}" = @ ]; then
    compopt -o nospace 2>/dev/null
  fi
  case $own in
    default) ;;
    dirnames) compopt +o default -o dirnames 2>/dev/null ;;
    *) compopt +o default 2>/dev/null ;;
  esac
}

_hydra() {
  local at position option subcommands flags valued parameters stops values current word glued= i last=0
  local words=('')
  COMPREPLY=()
  # Bash takes = : and @ for words of their own.
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case $word in
      [=:]*) glued=yes ;;
    esac
    if [ -n "$glued" ]; then
      words[last]=${words[last]}$word
    else
      last=$((last + 1))
      words[last]=$word
    fi
    case $word in
      [=:@]) glued=yes ;;
      *) glued= ;;
    esac
  done
  current=${words[last]}
  _hydra_walk "${words[@]:1:last-1}"
  case $option$current in
    --*=*)
      option=${current%%=*}
      current=${current#*=}
      ;;
    -*)
      if [ -z "$option" ] && [ "$stops$position" != yes1 ]; then
        values=$flags
        _hydra_offer
        return
      fi
      ;;
  esac
  _hydra_values
  _hydra_offer
}

complete -o default -F _hydra hydra
