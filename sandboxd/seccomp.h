/*
 * The system calls that a sandbox may not use, for those who do not load the
 * filter themselves; seccomp_filter_fd is in parts.h.
 */
#ifndef MOLTIS_SANDBOXD_SECCOMP_H
#define MOLTIS_SANDBOXD_SECCOMP_H

/* As seccomp_filter_fd, but as the JSON profile that podman and docker read
 * (the seccomp part of the OCI runtime specification). */
int seccomp_profile_fd(void);

#endif
