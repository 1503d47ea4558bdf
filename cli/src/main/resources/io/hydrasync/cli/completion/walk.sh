# Goes along the words between hydra and the one that is completed, and sets: at, the commands; position, how many
# parameters there are; option, the one whose value comes next; and what _hydra_command says of that command.
_hydra_walk() {
  local word
  at= position=0 option=
  for word; do
    _hydra_command
    if [ -n "$option" ]; then
      option=
      continue
    fi
    case $stops$position in
      yes[1-9]*) continue ;;
    esac
    case $word in
      -*=*) ;;
      -*)
        case " $valued " in
          *" $word "*) option=$word ;;
        esac
        ;;
      *)
        case " $subcommands " in
          *" $word "*) at="${at:+$at }$word" ;;
          *) position=$((position + 1)) ;;
        esac
        ;;
    esac
  done
  _hydra_command
}

# Sets values to what may stand at the place that has been found. Behind a command that is to be run nothing is hydra's.
_hydra_values() {
  values=
  if [ -n "$option" ]; then
    _hydra_value "$option"
  elif [ -n "$stops" ] && [ "$position" -gt 0 ]; then
    values='<file>'
  elif [ -n "$subcommands" ]; then
    values=$subcommands
  else
    _hydra_value "$position"
    if [ -z "$values" ] && [ "$position" = 0 ] && [ -z "$parameters" ]; then
      values=$flags
    fi
  fi
}
