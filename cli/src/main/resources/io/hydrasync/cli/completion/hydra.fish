# Sets at, the commands in front of the word that is completed; position, how many parameters there are; stopped, whether
# what comes belongs to another command.
function __hydra_walk --no-scope-shadowing
    set at ''
    set position 0
    set stopped no
    set -l skip no
    for word in (commandline -opc)[2..-1]
        __hydra_command
        if test $skip = yes
            set skip no
        else if test $stops = yes -a $position -gt 0
            continue
        else if string match -q -- '-*' $word
            contains -- $word $valued; and set skip yes
        else if contains -- $word $subcommands
            set at (string trim -- "$at $word")
        else
            set position (math $position + 1)
        end
    end
    __hydra_command
    test $stops = yes -a $position -gt 0; and set stopped yes
end

# Whether the word that is completed is one of these commands', and not of one below.
function __hydra_at --argument-names wanted
    set -l at
    set -l position
    set -l stopped
    set -l subcommands
    set -l valued
    set -l stops
    __hydra_walk
    test "$at" = "$wanted" -a $stopped = no
end

# Whether it is that parameter of these commands; * for all of them.
function __hydra_parameter --argument-names wanted number
    set -l at
    set -l position
    set -l stopped
    set -l subcommands
    set -l valued
    set -l stops
    __hydra_walk
    test "$at" = "$wanted"; and contains -- $number $position '*'
end

# Files behind @.
function __hydra_at_files
    set -l token (commandline -ct)
    if string match -q -- '@*' $token
        for file in (__fish_complete_path (string sub -s 2 -- $token))
            echo -- "@$file"
        end
    else if test -z "$token"
        echo @
    end
end

complete -c hydra -f
