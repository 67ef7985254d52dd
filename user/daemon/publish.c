// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "daemon/event_socket.h"
#include "daemon/publish.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/log.h"

/* Holds some thousand events for a reader that does not read. */
#define SEND_BUFFER (4 << 20)
/* Pause after a reader could not be accepted, as without a free descriptor. */
#define ACCEPT_PAUSE_NS 100000000

struct reader {
	int fd;
	json_int_t lost;
};

struct nsa_publisher {
	int epoll, listener;
	int pause; /* a timer: it runs while the listener is not watched */
	bool refusing;
	struct sockaddr_un address;
	struct reader *readers;
	size_t count, room;
};

static bool is_socket(const char *path)
{
	struct stat st;

	return !lstat(path, &st) && S_ISSOCK(st.st_mode);
}

/* Whether the socket belongs to a daemon that was killed: connections are refused. */
static bool is_abandoned(const struct sockaddr_un *address)
{
	__cleanup(nsa_closep) int fd = nsa_event_socket_open();

	return fd >= 0 && connect(fd, NSA_EVENT_ADDRESS(address)) && errno == ECONNREFUSED;
}

static int bind_address(int fd, const struct sockaddr_un *address)
{
	int r = nsa_run_dir_make();

	if (r < 0)
		return r;
	/* The socket file inherits the mode of the socket. */
	if (fchmod(fd, 0600))
		return -errno;
	if (!bind(fd, NSA_EVENT_ADDRESS(address)))
		return 0;
	if (errno != EADDRINUSE)
		return -errno;
	if (!is_socket(address->sun_path))
		return -EEXIST;
	if (!is_abandoned(address))
		return -EADDRINUSE;
	return unlink(address->sun_path) || bind(fd, NSA_EVENT_ADDRESS(address)) ? -errno : 0;
}

static int watch(const struct nsa_publisher *publisher, int op, int fd, __u32 events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	return epoll_ctl(publisher->epoll, op, fd, &event) ? -errno : 0;
}

static int start_listening(struct nsa_publisher *publisher)
{
	__cleanup(nsa_closep) int fd = nsa_event_socket_open();
	int r;

	if (fd < 0)
		return fd;
	publisher->epoll = epoll_create1(EPOLL_CLOEXEC);
	publisher->pause = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (publisher->epoll < 0 || publisher->pause < 0)
		return -errno;
	r = watch(publisher, EPOLL_CTL_ADD, publisher->pause, EPOLLIN);
	if (!r)
		r = bind_address(fd, &publisher->address);
	if (r < 0)
		return r;
	publisher->listener = TAKE_FD(fd); /* from here on, closing unlinks the socket file */
	if (listen(publisher->listener, SOMAXCONN))
		return -errno;
	return watch(publisher, EPOLL_CTL_ADD, publisher->listener, EPOLLIN);
}

int nsa_publisher_open(struct nsa_publisher **out)
{
	__cleanup(nsa_publisher_closep) struct nsa_publisher *publisher = NULL;
	int r;

	publisher = calloc(1, sizeof(*publisher));
	if (!publisher)
		return nsa_err(-ENOMEM, "publish events: %s", strerror(ENOMEM));
	publisher->epoll = publisher->listener = publisher->pause = -1;
	r = nsa_event_socket_address(&publisher->address);
	if (r < 0)
		return r;
	r = start_listening(publisher);
	if (r == -EADDRINUSE)
		return nsa_err(r, "another nsaccel daemon is running: it listens on %s",
			       publisher->address.sun_path);
	if (r < 0)
		return nsa_err(r, "listen on %s: %s", publisher->address.sun_path, strerror(-r));
	*out = TAKE_PTR(publisher);
	return 0;
}

void nsa_publisher_close(struct nsa_publisher *publisher)
{
	if (!publisher)
		return;
	if (publisher->listener >= 0)
		unlink(publisher->address.sun_path);
	for (size_t i = 0; i < publisher->count; i++)
		close(publisher->readers[i].fd);
	nsa_closep(&publisher->listener);
	nsa_closep(&publisher->pause);
	nsa_closep(&publisher->epoll);
	free(publisher->readers);
	free(publisher);
}

void nsa_publisher_closep(struct nsa_publisher **publisher)
{
	nsa_publisher_close(*publisher);
}

int nsa_publisher_fd(const struct nsa_publisher *publisher)
{
	return publisher->epoll;
}

bool nsa_publish_wanted(const struct nsa_publisher *publisher)
{
	return publisher->count;
}

/* close() also removes the reader from the epoll set. The last reader takes its index. */
static void drop_reader(struct nsa_publisher *publisher, size_t at)
{
	close(publisher->readers[at].fd);
	publisher->readers[at] = publisher->readers[--publisher->count];
}

static void add_reader(struct nsa_publisher *publisher, int fd)
{
	int size = SEND_BUFFER;

	if (ARRAY_RESERVE(publisher->readers, publisher->room, publisher->count + 1) ||
	    watch(publisher, EPOLL_CTL_ADD, fd, EPOLLRDHUP)) {
		close(fd);
		return;
	}
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	publisher->readers[publisher->count++] = (struct reader){ .fd = fd };
}

/* NULL: no memory, which the caller may have had none of for the event. */
static json_t *stamp(json_t *event)
{
	struct timespec now;
	char text[sizeof("2026-11-22T10:33:00")];
	struct tm tm;
	json_t *stamped;

	clock_gettime(CLOCK_REALTIME, &now);
	strftime(text, sizeof(text), "%FT%T", gmtime_r(&now.tv_sec, &tm));
	stamped = json_pack("{s:o}", "time", json_sprintf("%s.%06ldZ", text, now.tv_nsec / 1000));
	if (json_object_update(stamped, event)) {
		json_decref(stamped);
		stamped = NULL;
	}
	json_decref(event);
	return stamped;
}

/* Consumes the reference. The caller frees the text; NULL: no memory. */
static char *format(json_t *event)
{
	json_t *stamped = stamp(event);
	char *text = json_dumps(stamped, JSON_COMPACT);

	json_decref(stamped);
	return text;
}

/* 0; -EAGAIN: the reader's buffer is full; another -errno: the reader is gone. */
static int send_text(const struct reader *reader, const char *text)
{
	if (send(reader->fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return 0;
	return errno == EPIPE || errno == ECONNRESET ? -errno : -EAGAIN;
}

/* Reports lost events before any other event. */
static int catch_up(const struct nsa_publisher *publisher, struct reader *reader)
{
	__cleanup(nsa_freep) char *text = NULL;
	int r;

	if (!reader->lost)
		return 0;
	text = format(json_pack("{s:s, s:I}", "event", "lost", "count", reader->lost));
	r = text ? send_text(reader, text) : -EAGAIN;
	if (!r) {
		reader->lost = 0;
		r = watch(publisher, EPOLL_CTL_MOD, reader->fd, EPOLLRDHUP);
	}
	return r;
}

static int deliver(const struct nsa_publisher *publisher, struct reader *reader, const char *text)
{
	int r;

	r = catch_up(publisher, reader);
	if (!r)
		r = text && strlen(text) < NSA_EVENT_SIZE ? send_text(reader, text) : -EAGAIN;
	if (r != -EAGAIN)
		return r;
	if (reader->lost++)
		return 0;
	/* Told once: there may be room in the buffer, and no memory. */
	return watch(publisher, EPOLL_CTL_MOD, reader->fd, EPOLLRDHUP | EPOLLOUT | EPOLLET);
}

void nsa_publish(struct nsa_publisher *publisher, json_t *event)
{
	__cleanup(nsa_freep) char *text = NULL;

	if (!publisher->count) {
		json_decref(event);
		return;
	}
	text = format(event);
	for (size_t i = publisher->count; i-- > 0;)
		if (deliver(publisher, &publisher->readers[i], text))
			drop_reader(publisher, i);
}

/* The reader stays in the queue, and the listener readable: watched, it would be reported without
 * end. */
static void pause_accepting(struct nsa_publisher *publisher, int error)
{
	const struct itimerspec pause = { .it_value.tv_nsec = ACCEPT_PAUSE_NS };

	if (!publisher->refusing)
		nsa_warn("accept a reader on %s: %s; it waits until that is possible",
			 publisher->address.sun_path, strerror(error));
	publisher->refusing = true;
	if (!timerfd_settime(publisher->pause, 0, &pause, NULL))
		watch(publisher, EPOLL_CTL_MOD, publisher->listener, 0);
}

static void on_pause_end(struct nsa_publisher *publisher)
{
	__u64 count;

	if (read(publisher->pause, &count, sizeof(count)) > 0)
		watch(publisher, EPOLL_CTL_MOD, publisher->listener, EPOLLIN);
}

static void accept_readers(struct nsa_publisher *publisher)
{
	int fd;

	while ((fd = accept4(publisher->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
		add_reader(publisher, fd);
	if (errno == EAGAIN)
		publisher->refusing = false;
	else
		pause_accepting(publisher, errno);
}

static void on_reader(struct nsa_publisher *publisher, int fd, __u32 events)
{
	size_t at = 0;
	int r;

	while (at < publisher->count && publisher->readers[at].fd != fd)
		at++;
	if (at == publisher->count)
		return;
	r = events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR) ?
		    -EPIPE :
		    catch_up(publisher, &publisher->readers[at]);
	if (r && r != -EAGAIN)
		drop_reader(publisher, at);
}

void nsa_publisher_dispatch(struct nsa_publisher *publisher)
{
	struct epoll_event events[16];
	int count = epoll_wait(publisher->epoll, events, 16, 0);

	for (int i = 0; i < count; i++)
		if (events[i].data.fd == publisher->listener)
			accept_readers(publisher);
		else if (events[i].data.fd == publisher->pause)
			on_pause_end(publisher);
		else
			on_reader(publisher, events[i].data.fd, events[i].events);
}
