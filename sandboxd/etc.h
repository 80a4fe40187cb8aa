/* The /etc that sandboxes see: generated, never the host's. */
#ifndef MOLTIS_SANDBOXD_ETC_H
#define MOLTIS_SANDBOXD_ETC_H

#include <stdbool.h>

#include "sandboxd/backend.h"

/* Writes FOLDER anew.  ROOTFS NULL is the host.  RESOLVER NULL: no names are
 * resolved.  false: WHY says what. */
bool etc_make(const char *folder, const char *rootfs, const char *resolver,
    char why[SBX_WHY_BYTES]);

#endif
