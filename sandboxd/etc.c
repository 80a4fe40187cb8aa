/*
 * Generates /etc.
 *
 * Taken from the host (or the root folder of the configuration) are only
 * things that are public and that programs need to start: the certificates,
 * the linker's cache, and the links of /etc/alternatives that lead into /usr.
 */
#include "config.h"

#include "sandboxd/etc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "base/txt.h"

#define MAX_COPY_BYTES (4u << 20)

static const char passwd_text[] =
    "root:x:0:0:root:/nonexistent:/usr/sbin/nologin\n"
    "sandbox:x:1000:1000:sandbox:/workspace:/bin/sh\n"
    "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
static const char group_text[] = "root:x:0:\n"
				 "sandbox:x:1000:\n"
				 "nogroup:x:65534:\n";
static const char hosts_text[] = "127.0.0.1 localhost sandbox\n"
				 "::1 localhost ip6-localhost\n";
static const char nsswitch_text[] = "passwd: files\n"
				    "group: files\n"
				    "shadow: files\n"
				    "hosts: files dns\n"
				    "networks: files\n"
				    "protocols: files\n"
				    "services: files\n";

static bool
write_file(int dir, const char *name, const char *text, size_t n)
{
	own_fd int fd = -1;

	(void)unlinkat(dir, name, 0);
	fd = openat(dir, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	while (fd >= 0 && n > 0) {
		ssize_t k = write(fd, text, n);

		if (k <= 0)
			return false;
		text += k;
		n -= (size_t)k;
	}
	return fd >= 0 && fchmod(fd, 0644) == 0;
}

static int
make_dir(int dir, const char *name)
{
	if (mkdirat(dir, name, 0755) != 0 && errno != EEXIST)
		return -1;
	if (fchmodat(dir, name, 0755, 0) != 0)
		return -1;
	return openat(dir, name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Copies FROM of the root folder if it is there. */
static bool
copy_file(const char *root, const char *from, int dir, const char *name)
{
	own_txt struct txt text = { 0 };
	own_fd int fd = -1;
	char path[PATH_MAX], part[16384];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "%.3000s%s", root, from);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	txt_init(&text, MAX_COPY_BYTES);
	while ((n = read(fd, part, sizeof(part))) > 0)
		txt_append_n(&text, part, (size_t)n);
	return n == 0 && !text.overflowed &&
	    write_file(dir, name, txt_str(&text), text.len);
}

static bool
copy_links(const char *root, const char *from, int dir)
{
	char path[PATH_MAX], target[PATH_MAX];
	struct dirent *e;
	DIR *d;

	(void)snprintf(path, sizeof(path), "%.3000s%s", root, from);
	d = opendir(path);
	while (d != NULL && (e = readdir(d)) != NULL) {
		ssize_t n =
		    readlinkat(dirfd(d), e->d_name, target, sizeof(target) - 1);

		if (n <= 0)
			continue;
		target[n] = '\0';
		if (strncmp(target, "/usr/", 5) != 0)
			continue;
		(void)unlinkat(dir, e->d_name, 0);
		if (symlinkat(target, dir, e->d_name) != 0) {
			closedir(d);
			return false;
		}
	}
	if (d != NULL)
		closedir(d);
	return true;
}

static bool
write_texts(int dir, const char *resolver)
{
	char resolv[128] = "";

	if (resolver != NULL)
		(void)snprintf(resolv, sizeof(resolv),
		    "nameserver %.60s\noptions timeout:3 attempts:2\n",
		    resolver);
	return write_file(dir, "passwd", passwd_text, strlen(passwd_text)) &&
	    write_file(dir, "group", group_text, strlen(group_text)) &&
	    write_file(dir, "hosts", hosts_text, strlen(hosts_text)) &&
	    write_file(dir, "hostname", "sandbox\n", 8) &&
	    write_file(dir, "nsswitch.conf", nsswitch_text,
		strlen(nsswitch_text)) &&
	    write_file(dir, "resolv.conf", resolv, strlen(resolv));
}

bool
etc_make(const char *folder, const char *rootfs, const char *resolver,
    char why[SBX_WHY_BYTES])
{
	const char *root = rootfs == NULL ? "" : rootfs;
	own_fd int dir = make_dir(AT_FDCWD, folder);
	own_fd int ssl = dir < 0 ? -1 : make_dir(dir, "ssl");
	own_fd int certs = ssl < 0 ? -1 : make_dir(ssl, "certs");
	own_fd int links = dir < 0 ? -1 : make_dir(dir, "alternatives");

	if (certs >= 0 && links >= 0 && write_texts(dir, resolver) &&
	    copy_file(root, "/etc/ssl/certs/ca-certificates.crt", certs,
		"ca-certificates.crt") &&
	    copy_file(root, "/etc/ssl/openssl.cnf", ssl, "openssl.cnf") &&
	    copy_file(root, "/etc/ld.so.cache", dir, "ld.so.cache") &&
	    copy_file(root, "/etc/services", dir, "services") &&
	    copy_file(root, "/etc/protocols", dir, "protocols") &&
	    copy_links(root, "/etc/alternatives", links))
		return true;
	(void)snprintf(why, SBX_WHY_BYTES, "cannot write %.100s: %s", folder,
	    strerror(errno));
	return false;
}
