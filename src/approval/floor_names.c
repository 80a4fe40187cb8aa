/*
 * Names are compared without their folder and with versions (python3.11).
 */
#include "config.h"

#include <string.h>

#include "approval/floor_names.h"

static const char *const wrappers[] = { "sudo", "doas", "env", "nohup", "nice",
	"ionice", "timeout", "time", "xargs", "parallel", "exec", "command",
	"builtin", "setsid", "stdbuf", "unbuffer", "strace", "ltrace", "watch",
	"su", "runuser", "chroot", "unshare", "nsenter", "flock", "script",
	"busybox", "toybox", "find", "fd", "export", "declare", "typeset",
	"readonly", "local", "eval", "trap", "ssh", "docker", "podman",
	"kubectl", "systemd-run", "setarch", "taskset", "chrt", "prlimit",
	"setpriv", "capsh", "fakeroot", "proot", "entr", "coproc", "function",
	"catchsegv", "gdb", "rlwrap", "torsocks", "firejail", "bwrap", "crun",
	"runc", "start-stop-daemon", "at", "batch", "alias", NULL };

static const char *const simple_wrappers[] = { "sudo", "doas", "env", "nohup",
	"nice", "time", "xargs", "exec", "command", "find", "setsid", "stdbuf",
	NULL };

static const char *const shells[] = { "sh", "bash", "dash", "ash", "zsh", "ksh",
	"mksh", "fish", "csh", "tcsh", "rbash", "source", ".", "eval", "pwsh",
	NULL };

static const char *const interpreters[] = { "python", "perl", "ruby", "node",
	"nodejs", "deno", "bun", "php", "lua", "luajit", "tclsh", "awk", "gawk",
	"mawk", "nawk", "sed", "vim", "vi", "ex", "ed", "osascript", "guile",
	"make", "R", "Rscript", "julia", "groovy", NULL };

static const char *const readers[] = { "echo", "printf", "grep", "egrep",
	"fgrep", "zgrep", "rg", "ag", "ack", "cat", "tac", "head", "tail",
	"less", "more", "git", "sed", "sort", "uniq", "wc", "cut", "tr", "diff",
	"tee", "ls", "cd", "mkdir", "true", "test", "[", NULL };

static const char *const keywords[] = { "!", "if", "then", "elif", "else",
	"while", "until", "do", "{", "time", "coproc", NULL };

static const char *const hijacks[] = { "LD_*", "DYLD_*", "PATH", "PYTHONPATH",
	"PYTHONSTARTUP", "PYTHONHOME", "NODE_OPTIONS", "NODE_PATH",
	"JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "PERL5OPT",
	"PERL5LIB", "PERL5DB", "RUBYOPT", "RUBYLIB", "CLASSPATH", "BASH_ENV",
	"BASH_FUNC_*", "BASHOPTS", "SHELLOPTS", "ZDOTDIR", "ENV", "IFS", "PS4",
	"PROMPT_COMMAND", "GIT_SSH*", "GIT_*_COMMAND", "GIT_EXEC_PATH",
	"GIT_EDITOR", "GIT_PAGER", "GIT_CONFIG*", "GIT_EXTERNAL_DIFF", "EDITOR",
	"VISUAL", "PAGER", "MANPAGER", "LESSOPEN", "LESSCLOSE", "GCONV_PATH",
	NULL };

static bool
is_listed(const char *const *list, const char *name)
{
	for (; *list != NULL; list++) {
		if (strcmp(*list, name) == 0)
			return true;
	}
	return false;
}

const char *
floor_names_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

bool
floor_names_is_shell(const char *name)
{
	return is_listed(shells, name);
}

bool
floor_names_is_wrapper(const char *name)
{
	/* A variable in front may be empty, or hold "sudo". */
	return name[0] == '$' || is_listed(wrappers, name) ||
	    is_listed(shells, name);
}

bool
floor_names_is_simple_wrapper(const char *name)
{
	return is_listed(simple_wrappers, name);
}

bool
floor_names_is_interpreter(const char *name)
{
	size_t n;

	for (const char *const *at = interpreters; *at != NULL; at++) {
		n = strlen(*at);
		if (strncmp(*at, name, n) == 0 &&
		    name[n + strspn(name + n, "0123456789.")] == '\0')
			return true;
	}
	return false;
}

bool
floor_names_is_reader(const char *name)
{
	return is_listed(readers, name);
}

bool
floor_names_is_keyword(const char *name)
{
	return is_listed(keywords, name);
}

/* One * in PATTERN stands for anything. */
static bool
matches(const char *pattern, const char *name, size_t n)
{
	size_t head = strcspn(pattern, "*");
	size_t tail = pattern[head] == '*' ? strlen(pattern + head + 1) : 0;

	if (pattern[head] == '\0')
		return n == head && memcmp(pattern, name, n) == 0;
	return n >= head + tail && memcmp(pattern, name, head) == 0 &&
	    memcmp(pattern + head + 1, name + n - tail, tail) == 0;
}

bool
floor_names_is_assignment(const char *word, bool *ret_hijack)
{
	size_t n = strspn(word,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"
	    "abcdefghijklmnopqrstuvwxyz");
	const char *after = word + n;

	*ret_hijack = false;
	if (n == 0 || (word[0] >= '0' && word[0] <= '9'))
		return false;
	if (*after == '+')
		after++;
	if (*after != '=' && *after != '[')
		return false;
	for (const char *const *at = hijacks; *at != NULL; at++)
		*ret_hijack = *ret_hijack || matches(*at, word, n);
	return true;
}
