/*
 * Cleanup attributes: `own_fd int fd = -1;` closes at the end of the scope.
 * Library objects have theirs beside the module that wraps the library
 * (own_json in js/js.h, own_res in db/db.h).
 */
#ifndef MOLTIS_BASE_OWN_H
#define MOLTIS_BASE_OWN_H

#define OWN(fn) __attribute__((cleanup(fn)))
#define own_fd OWN(own_fd_close)
#define own_mem OWN(own_mem_free)

void own_fd_close(int *fd);  /* ignores -1 */
void own_mem_free(void *pp); /* pp: address of a malloc'ed pointer */

#endif
