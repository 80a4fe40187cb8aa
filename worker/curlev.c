/*
 * libcurl on libev: sockets become ev_io watchers, its one timeout an ev_timer.
 *
 * Nothing blocks: names are resolved in libcurl's own threads (feature
 * AsynchDNS, which Debian's libcurl has; one without is refused), and
 * QUICK_EXIT keeps it from joining such a thread when a transfer is removed or
 * times out while its name is still being looked up.
 */
#include "config.h"

#include "worker/curlev.h"

#include <stdlib.h>

#include "base/mem.h"

#define MAX_IDLE_CONNECTIONS 32L

/* One socket that libcurl wants to be told about. */
struct curlev_sock {
	ev_io io;
	struct curlev *ce;
	struct curlev_sock *prev, *next;
};

struct curlev {
	struct ev_loop *loop;
	CURLM *multi;
	ev_timer timer;
	struct curlev_sock *socks;
};

static void sock_free(struct curlev_sock *s);
static void curlev_drain(struct curlev *ce);
static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *arg,
    void *sock_arg);
static int on_curl_timeout(CURLM *multi, long timeout_ms, void *arg);
static void on_timer(struct ev_loop *loop, ev_timer *w, int revents);
static void on_io(struct ev_loop *loop, ev_io *w, int revents);

struct curlev *
curlev_new(struct ev_loop *loop)
{
	struct curlev *ce;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return NULL;
	if ((curl_version_info(CURLVERSION_NOW)->features &
		CURL_VERSION_ASYNCHDNS) == 0) {
		curl_global_cleanup();
		return NULL;
	}
	ce = mem_zalloc(sizeof(*ce));
	ce->loop = loop;
	ev_init(&ce->timer, on_timer);
	ce->timer.data = ce;
	ce->multi = curl_multi_init();
	if (ce->multi == NULL)
		abort();
	curl_multi_setopt(ce->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
	curl_multi_setopt(ce->multi, CURLMOPT_SOCKETDATA, ce);
	curl_multi_setopt(ce->multi, CURLMOPT_TIMERFUNCTION, on_curl_timeout);
	curl_multi_setopt(ce->multi, CURLMOPT_TIMERDATA, ce);
	/* Kept open between transfers. */
	curl_multi_setopt(ce->multi, CURLMOPT_MAXCONNECTS,
	    MAX_IDLE_CONNECTIONS);
	return ce;
}

void
curlev_free(struct curlev *ce)
{
	if (ce == NULL)
		return;
	curl_multi_cleanup(ce->multi);
	while (ce->socks != NULL)
		sock_free(ce->socks);
	ev_timer_stop(ce->loop, &ce->timer);
	free(ce);
	curl_global_cleanup();
}

void
curlev_add(struct curlev *ce, CURL *easy, struct curlev_transfer *t)
{
	curl_easy_setopt(easy, CURLOPT_PRIVATE, t);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	/* libcurl does its work from the timer that this arms. */
	if (curl_multi_add_handle(ce->multi, easy) != CURLM_OK)
		abort();
}

void
curlev_remove(struct curlev *ce, CURL *easy)
{
	/* Fails only inside libcurl's callbacks; the handle would be freed
	 * under its feet. */
	if (curl_multi_remove_handle(ce->multi, easy) != CURLM_OK)
		abort();
}

static int
on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *arg,
    void *sock_arg)
{
	struct curlev *ce = arg;
	struct curlev_sock *s = sock_arg;
	int events = 0;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (s != NULL) {
			curl_multi_assign(ce->multi, fd, NULL);
			sock_free(s);
		}
		return 0;
	}
	if (s == NULL) {
		s = mem_zalloc(sizeof(*s));
		s->ce = ce;
		s->next = ce->socks;
		if (s->next != NULL)
			s->next->prev = s;
		ce->socks = s;
		ev_init(&s->io, on_io);
		s->io.data = s;
		curl_multi_assign(ce->multi, fd, s);
	}
	events |= (what & CURL_POLL_IN) != 0 ? EV_READ : 0;
	events |= (what & CURL_POLL_OUT) != 0 ? EV_WRITE : 0;
	ev_io_stop(ce->loop, &s->io);
	ev_io_set(&s->io, fd, events);
	ev_io_start(ce->loop, &s->io);
	return 0;
}

static int
on_curl_timeout(CURLM *multi, long timeout_ms, void *arg)
{
	struct curlev *ce = arg;

	(void)multi;
	ev_timer_stop(ce->loop, &ce->timer);
	if (timeout_ms >= 0) {
		ev_timer_set(&ce->timer, (double)timeout_ms / 1e3, 0.);
		ev_timer_start(ce->loop, &ce->timer);
	}
	return 0;
}

static void
on_timer(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct curlev *ce = w->data;
	int running;

	(void)loop;
	(void)revents;
	curl_multi_socket_action(ce->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	curlev_drain(ce);
}

static void
on_io(struct ev_loop *loop, ev_io *w, int revents)
{
	struct curlev_sock *s = w->data;
	struct curlev *ce = s->ce; /* S may be gone after the call */
	int what = 0, running;

	(void)loop;
	what |= (revents & EV_READ) != 0 ? CURL_CSELECT_IN : 0;
	what |= (revents & EV_WRITE) != 0 ? CURL_CSELECT_OUT : 0;
	curl_multi_socket_action(ce->multi, w->fd, what, &running);
	curlev_drain(ce);
}

static void
curlev_drain(struct curlev *ce)
{
	struct curlev_transfer *t;
	const CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(ce->multi, &left)) != NULL) {
		CURLcode rc = msg->data.result;

		if (msg->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &t);
		t->on_done(t->arg, rc);
	}
}

static void
sock_free(struct curlev_sock *s)
{
	ev_io_stop(s->ce->loop, &s->io);
	if (s->prev != NULL)
		s->prev->next = s->next;
	else
		s->ce->socks = s->next;
	if (s->next != NULL)
		s->next->prev = s->prev;
	free(s);
}
