/*
 * The part of the configuration that says what a sandbox is.  Read by
 * moltis-sandboxd; the worker reads the socket and the limits.
 */
#ifndef MOLTIS_CONF_CONF_SANDBOX_H
#define MOLTIS_CONF_CONF_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONF_MAX_IMAGES 16
#define CONF_MAX_HOLES 16

enum conf_network { NETWORK_PUBLIC, NETWORK_NONE };

struct conf_sandbox {
	char *socket;
	char *pid_file;
	char *state_dir;   /* workspaces and the map of accounts */
	char *worker_user; /* NULL: the user the daemon runs as */
	int uid_base;      /* first host uid of accounts */

	enum conf_network network;
	char *rootfs; /* NULL: the host's /usr */
	bool docker_allowed;
	char *images[CONF_MAX_IMAGES]; /* the first is the default */
	size_t image_count;
	/* Private networks that may be reached all the same; checked. */
	char *holes[CONF_MAX_HOLES];
	size_t hole_count;
	int max_running;     /* 0: four a processor */
	int per_account_max; /* default 2 */
	char *disk_limit;    /* "1G" */
	int output_limit;    /* bytes of one stream, default 204800 */
};

/* Is it the name of an image: no option, no blanks, at most 255 bytes (S46)? */
bool conf_image_check(const char *s, size_t n);

/* Bytes of a size that the configuration accepted, such as "512M". */
uint64_t conf_size_bytes(const char *text);

#endif
