#!/bin/sh
# Nothing in the project names somebody's machine: no absolute paths of
# people's folders, no hosts of package registries (lock files included).
# The brackets in the patterns keep this file from finding itself.
. "$(dirname "$0")/common.sh"

machine='(^|[^A-Za-z0-9_.~$})-])/(hom[e]|wor[k]|far[m]|roo[t]|User[s]|build[s])/'
registry='regist[r]y\.|npmj[s]\.(org|com)|deb\.debia[n]\.org|pyp[i]\.org|crate[s]\.io|prox[y]\.golang|artifact[o]ry|[^a-z]nexu[s]\.'

# tests/sandbox names such folders because it tries to get into them.
{
sh "$here/files.sh" . | grep -v '^tests/sandbox/' |
    xargs grep -nIE "$machine" /dev/null |
    sed 's/^\([^:]*:[0-9]*\):.*/\1: absolute path of a machine/'
sh "$here/files.sh" . | xargs grep -nIE "$registry" /dev/null |
    sed 's/^\([^:]*:[0-9]*\):.*/\1: host of a package registry/'
} | complaints
