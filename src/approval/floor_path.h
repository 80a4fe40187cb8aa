/*
 * Paths that the floor guards, judged as text: /, the system's folders, homes,
 * block devices, files with credentials or histories.
 */
#ifndef MOLTIS_APPROVAL_FLOOR_PATH_H
#define MOLTIS_APPROVAL_FLOOR_PATH_H

#include <stdbool.h>

/* The root, or a folder of the system in it, or all that is in one. */
bool floor_path_is_root(const char *path);
/* A home, the workspace as a whole, or all that is in one. */
bool floor_path_is_home(const char *path);
/* As in /dev/sda. */
bool floor_path_is_disk(const char *path);
/* Names a file with credentials, a history or the environment of a process;
 * the path may stand anywhere in the word. */
bool floor_path_is_secret(const char *word);

#endif
