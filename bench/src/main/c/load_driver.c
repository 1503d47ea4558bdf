/*
 * Loads a relay, compares every byte that each consumer receives with what was sent, and times each message. One
 * thread over non-blocking sockets, the same for every relay. It knows no protocol: who started it connects, shakes
 * hands and subscribes through it, line by line, and says how a message looks; each request has an answer of one line.
 * Bytes are hexadecimal, "-" is none.
 *
 *   connect ADDRESS PORT          "ok CONNECTION"
 *   write CONNECTION BYTES        "ok": blocking
 *   read CONNECTION COUNT         "ok BYTES": blocking
 *   traffic RING_BYTES BODY_BYTES SENT_SEQ RECEIVED_SEQ SENT_PREFIX RECEIVED_PREFIX SUFFIX OPENING INTERJECTION
 *                                 "ok TRAFFIC": how messages look to a producer and to a consumer (Traffic.Layout);
 *                                 RING_BYTES of them may be under way at most, 8 to 16384 messages
 *   producer GROUP TRAFFIC CONNECTION   "ok SESSION"
 *   consumer SESSION CONNECTION         "ok"
 *   rate GROUP PER_SECOND         "ok": of each session; 0 as fast as it goes, -1 not at all
 *   patience NANOS                "ok": how long nothing may move
 *   damage TRAFFIC                "ok": expects what was never sent, to see that it is noticed
 *   cpu PID                       "ok NANOS": user and system time of all of a process's threads
 *   run PID NANOS                 "ok CPU WALL OWN_CPU OWN_WAITING", then for each group MESSAGES DELIVERED, how many latencies of
 *                                 the first consumer and those, how many of the last one and those; in nanoseconds
 *
 * OWN_WAITING is how long this program could have run but had no core: about so much is in latencies that is not the
 * relay's. It has no higher priority than others have: a thread of the relay that is woken on this program's core would
 * wait there for tens of milliseconds, as no client makes it wait, and most of all where a relay has several threads.
 *
 * A run sends for a time and waits until everybody has all of it. CPU is the relay's meanwhile, read as
 * clock_getcpuclockid has it: exact, not in ticks. A latency counts from when a message was due, whether or not it
 * could be sent then, to when the read() that brought its last byte had returned.
 *
 * How it waits: as fast as it goes, it sleeps in epoll until something is ready. At a rate, it polls without sleeping
 * from SPIN_BEFORE_NS before a message is due, and while one is under way that is younger than SPIN_AFTER_NS, so that
 * its own waking up counts in no latency; else it sleeps, so that the relay has both of two cores.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define READ_BYTES (256 << 10)
#define PIECE_BYTES_BESIDE (64 << 10) /* so that what is timed does not wait for long pieces of what is not */
#define WRITE_BYTES (256 << 10)
#define LEAST_SLOTS 8
#define MOST_SLOTS 16384 /* so that what is under way at the end does not take long */
#define GROUPS 4
#define EVENTS 64
#define SPIN_BEFORE_NS 80000
#define SPIN_AFTER_NS 500000
#define BUSY_WAIT_NS 1000000
#define CONNECT_SECONDS 20
#define SHOWN 24 /* bytes of what differs */
#define OFF (-1)

typedef struct {
  unsigned char *bytes;
  size_t length;
} bytes_t;

typedef struct traffic {
  unsigned char *sent, *received;
  long slots, sent_bytes, received_bytes, sent_seq, received_seq;
  bytes_t opening, interjection;
  long generated; /* messages whose sequences are in the rings */
  long slowest;   /* messages that everybody has, as of the last look */
  long looked;    /* the step of that look */
  struct session **sessions;
  int count;
} traffic_t;

typedef struct consumer {
  struct session *session;
  int connection;
  size_t opened;     /* bytes of the opening that came */
  size_t interjected; /* bytes of an interjection that came */
  long bytes, at;    /* received, and where in the ring that is */
  long messages;     /* whole ones */
} consumer_t;

typedef struct session {
  traffic_t *traffic;
  int group, connection;
  size_t opened;
  long bytes, at;   /* sent, and where in the ring that is */
  long allowed;     /* messages that may be sent */
  int blocked;
  int64_t next_due; /* at a rate */
  long left;
  consumer_t **consumers;
  int count;
  int64_t *due; /* a ring: when a message was due, how many have it */
  int *have;
} session_t;

typedef struct {
  double rate;
  long messages, delivered;
  int64_t *first, *last; /* latencies of a run */
  long firsts, lasts, room;
} group_t;

typedef struct {
  int fd;
  session_t *producer;
  consumer_t *consumer;
} connection_t;

static connection_t *connections;
static int connection_count;
static traffic_t **traffics;
static int traffic_count;
static session_t **sessions;
static int session_count;
static group_t groups[GROUPS];
static unsigned char buffer[READ_BYTES];
static int timed_poll, busy_poll, any_poll;
static int64_t patience = 20000000000LL, progress_at;
static long under_way; /* timed messages that not everybody has */
static int64_t newest_due;
static long step; /* turns of the loop */

static void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  printf("error ");
  vprintf(format, arguments);
  printf("\n");
  fflush(stdout);
  va_end(arguments);
  exit(1);
}

static void *checked(void *memory) {
  if (memory == NULL) {
    fail("out of memory");
  }
  return memory;
}

static int64_t clock_ns(clockid_t clock) {
  struct timespec time;
  if (clock_gettime(clock, &time) < 0) {
    fail("clock: %s", strerror(errno));
  }
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int64_t now(void) { return clock_ns(CLOCK_MONOTONIC); }

static int64_t cpu_of(pid_t pid) {
  clockid_t clock;
  int problem = clock_getcpuclockid(pid, &clock);
  if (problem != 0) {
    fail("no CPU time of process %d: %s", pid, strerror(problem));
  }
  return clock_ns(clock);
}

/* Nanoseconds in which this thread could have run but did not; 0 where the kernel does not count that. */
static int64_t waited(void) {
  long cpu, waiting = 0;
  FILE *file = fopen("/proc/self/schedstat", "r");
  if (file != NULL) {
    if (fscanf(file, "%ld %ld", &cpu, &waiting) != 2) {
      waiting = 0;
    }
    fclose(file);
  }
  return waiting;
}

static bytes_t hex(const char *text) {
  bytes_t result = {NULL, 0};
  if (strcmp(text, "-") == 0) {
    return result;
  }
  result.length = strlen(text) / 2;
  result.bytes = checked(malloc(result.length + 1));
  for (size_t i = 0; i < result.length; i++) {
    unsigned value;
    if (sscanf(text + 2 * i, "%2x", &value) != 1) {
      fail("not hexadecimal: %s", text);
    }
    result.bytes[i] = value;
  }
  return result;
}

/* ---- connections, traffic and sessions, as they are told ---- */

static void connect_to(const char *host, int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  struct timeval limit = {.tv_sec = CONNECT_SECONDS};
  int on = 1;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (inet_pton(AF_INET, host, &address.sin_addr) != 1) {
    fail("not an address: %s", host);
  }
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0 ||
      setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) < 0) {
    fail("connect: %s", strerror(errno));
  }
  connections = checked(realloc(connections, (connection_count + 1) * sizeof *connections));
  connections[connection_count] = (connection_t){.fd = fd};
  printf("ok %d\n", connection_count++);
}

static connection_t *connection(int index) {
  if (index < 0 || index >= connection_count) {
    fail("no connection %d", index);
  }
  return &connections[index];
}

static void write_all(int fd, bytes_t what) {
  size_t done = 0;
  while (done < what.length) {
    ssize_t n = write(fd, what.bytes + done, what.length - done);
    if (n < 0) {
      fail("write: %s", strerror(errno));
    }
    done += n;
  }
  free(what.bytes);
  printf("ok\n");
}

static void read_all(int fd, size_t count) {
  unsigned char *bytes = checked(malloc(count + 1));
  ssize_t n = recv(fd, bytes, count, MSG_WAITALL);
  if (n < 0 || (size_t)n < count) {
    fail("%s", n < 0 ? strerror(errno) : "the relay closed the connection");
  }
  printf("ok ");
  for (size_t i = 0; i < count; i++) {
    printf("%02x", bytes[i]);
  }
  printf("\n");
  free(bytes);
}

/* Bodies are of their own in each slot: xorshift64*. */
static void fill_random(unsigned char *to, long length, uint64_t *state) {
  for (long i = 0; i < length; i++) {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    to[i] = (*state * 0x2545F4914F6CDD1DULL) >> 56;
  }
}

static void new_traffic(char **words) {
  long ring = atol(words[1]), body = atol(words[2]);
  bytes_t sent_prefix = hex(words[5]), received_prefix = hex(words[6]), suffix = hex(words[7]);
  traffic_t *t = checked(calloc(1, sizeof *t));
  uint64_t state = 0x9E3779B97F4A7C15ULL;
  t->sent_seq = atol(words[3]);
  t->received_seq = atol(words[4]);
  t->opening = hex(words[8]);
  t->interjection = hex(words[9]);
  t->sent_bytes = sent_prefix.length + body + suffix.length;
  t->received_bytes = received_prefix.length + body + suffix.length;
  t->looked = -1;
  t->slots = ring / t->sent_bytes < LEAST_SLOTS ? LEAST_SLOTS : ring / t->sent_bytes;
  t->slots = t->slots > MOST_SLOTS ? MOST_SLOTS : t->slots;
  t->sent = checked(malloc(t->slots * t->sent_bytes));
  t->received = checked(malloc(t->slots * t->received_bytes));
  for (long i = 0; i < t->slots; i++) {
    unsigned char *s = t->sent + i * t->sent_bytes, *r = t->received + i * t->received_bytes;
    memcpy(s, sent_prefix.bytes, sent_prefix.length);
    memcpy(r, received_prefix.bytes, received_prefix.length);
    fill_random(s + sent_prefix.length, body, &state);
    memcpy(r + received_prefix.length, s + sent_prefix.length, body);
    memcpy(s + sent_prefix.length + body, suffix.bytes, suffix.length);
    memcpy(r + received_prefix.length + body, suffix.bytes, suffix.length);
  }
  traffics = checked(realloc(traffics, (traffic_count + 1) * sizeof *traffics));
  traffics[traffic_count] = t;
  printf("ok %d\n", traffic_count++);
}

static void nonblocking(int fd) {
  if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0) {
    fail("fcntl: %s", strerror(errno));
  }
}

static void new_producer(int group, int traffic, int index) {
  if (group < 0 || group >= GROUPS || traffic < 0 || traffic >= traffic_count) {
    fail("no group %d or traffic %d", group, traffic);
  }
  session_t *s = checked(calloc(1, sizeof *s));
  traffic_t *t = s->traffic = traffics[traffic];
  t->sessions = checked(realloc(t->sessions, (t->count + 1) * sizeof *t->sessions));
  t->sessions[t->count++] = s;
  s->group = group;
  s->connection = index;
  s->due = checked(calloc(s->traffic->slots, sizeof *s->due));
  s->have = checked(calloc(s->traffic->slots, sizeof *s->have));
  connection(index)->producer = s;
  nonblocking(connection(index)->fd);
  sessions = checked(realloc(sessions, (session_count + 1) * sizeof *sessions));
  sessions[session_count] = s;
  printf("ok %d\n", session_count++);
}

static void new_consumer(int session, int index) {
  if (session < 0 || session >= session_count) {
    fail("no session %d", session);
  }
  session_t *s = sessions[session];
  consumer_t *c = checked(calloc(1, sizeof *c));
  c->session = s;
  c->connection = index;
  connection(index)->consumer = c;
  nonblocking(connection(index)->fd);
  s->consumers = checked(realloc(s->consumers, (s->count + 1) * sizeof *s->consumers));
  s->consumers[s->count++] = c;
  printf("ok\n");
}

static void damage(traffic_t *t) {
  for (long i = 0; i < t->slots; i++) {
    t->received[(i + 1) * t->received_bytes - 1] ^= 0xFF;
  }
}

/* ---- messages ---- */

static void put_u64(unsigned char *to, uint64_t value) {
  for (int i = 7; i >= 0; i--, value >>= 8) {
    to[i] = value;
  }
}

static void look_for_slowest(traffic_t *t) {
  long least = INT64_MAX;
  if (t->looked == step) {
    return;
  }
  for (int i = 0; i < t->count; i++) {
    for (int j = 0; j < t->sessions[i]->count; j++) {
      long messages = t->sessions[i]->consumers[j]->messages;
      least = messages < least ? messages : least;
    }
  }
  t->slowest = least;
  t->looked = step;
}

/* Writes sequences as far as the ring reaches beyond what everybody has, at most up to a message. */
static void generate(traffic_t *t, long to) {
  if (to > t->slowest + t->slots) {
    look_for_slowest(t);
    to = to < t->slowest + t->slots ? to : t->slowest + t->slots;
  }
  for (; t->generated < to; t->generated++) {
    long slot = t->generated % t->slots;
    if (t->sent_seq >= 0) {
      put_u64(t->sent + slot * t->sent_bytes + t->sent_seq, t->generated);
      put_u64(t->received + slot * t->received_bytes + t->received_seq, t->generated);
    }
  }
}

static int is_timed(const session_t *s) { return groups[s->group].rate > 0; }
static int is_busy(const session_t *s) { return groups[s->group].rate == 0; }
static int is_off(const session_t *s) { return groups[s->group].rate < 0; }

static void watch(int operation, int index, unsigned events) {
  connection_t *c = connection(index);
  const session_t *s = c->producer != NULL ? c->producer : c->consumer->session;
  struct epoll_event event = {.events = events, .data.u32 = index};
  if (epoll_ctl(is_timed(s) ? timed_poll : busy_poll, operation, c->fd, &event) < 0) {
    fail("epoll_ctl: %s", strerror(errno));
  }
}

static ssize_t write_some(session_t *s, const unsigned char *from, size_t wanted) {
  ssize_t n = write(connection(s->connection)->fd, from, wanted);
  if (n < 0 && errno != EAGAIN) {
    fail("the relay closed a producer's connection: %s", strerror(errno));
  }
  if (n < (ssize_t)wanted) {
    s->blocked = 1;
    watch(EPOLL_CTL_MOD, s->connection, EPOLLIN | EPOLLOUT);
  }
  return n < 0 ? 0 : n;
}

/* Sends what is allowed as far as the socket takes it, but at most so many bytes. */
static void pump(session_t *s, long most) {
  traffic_t *t = s->traffic;
  while (!s->blocked && s->opened < t->opening.length) {
    s->opened += write_some(s, t->opening.bytes + s->opened, t->opening.length - s->opened);
  }
  while (!s->blocked && most > 0) {
    long ring = t->slots * t->sent_bytes, left = s->allowed * t->sent_bytes - s->bytes;
    long wanted = left < WRITE_BYTES ? left : WRITE_BYTES;
    wanted = wanted < ring - s->at ? wanted : ring - s->at;
    if (wanted == 0) {
      return;
    }
    ssize_t n = write_some(s, t->sent + s->at, wanted);
    s->bytes += n;
    s->at = (s->at + n) % ring;
    most -= wanted;
  }
}

static void arrived(consumer_t *c, int64_t at) {
  session_t *s = c->session;
  group_t *g = &groups[s->group];
  long messages = c->bytes / s->traffic->received_bytes;
  if (messages > s->allowed) {
    fail("a consumer received other bytes than were sent: more than there were");
  }
  g->delivered += messages - c->messages;
  if (is_timed(s)) {
    for (; c->messages < messages; c->messages++) {
      long slot = c->messages % s->traffic->slots;
      int64_t latency = at - s->due[slot];
      if (s->have[slot]++ == 0) {
        g->first[g->firsts++] = latency;
      }
      if (s->have[slot] == s->count) {
        g->last[g->lasts++] = latency;
        under_way--;
      }
    }
  }
  c->messages = messages;
}

static void differs(const consumer_t *c, const unsigned char *p, size_t n) {
  traffic_t *t = c->session->traffic;
  char text[2 * SHOWN + 1] = "";
  for (size_t i = 0; i < n && i < SHOWN; i++) {
    sprintf(text + 2 * i, "%02x", p[i]);
  }
  fail("a consumer received other bytes than were sent, behind %ld messages and %ld bytes: %s",
       c->bytes / t->received_bytes, c->bytes % t->received_bytes, text);
}

/* Compares what a consumer got with what was sent. */
static void compare(consumer_t *c, const unsigned char *p, size_t n) {
  traffic_t *t = c->session->traffic;
  long ring = t->slots * t->received_bytes;
  for (; n > 0 && c->opened < t->opening.length; n--) {
    if (*p++ != t->opening.bytes[c->opened++]) {
      fail("a consumer received another opening than was sent");
    }
  }
  while (n > 0) {
    if (c->interjected == 0) {
      size_t k = n < (size_t)(ring - c->at) ? n : (size_t)(ring - c->at), same = k;
      if (memcmp(p, t->received + c->at, k) != 0) {
        for (same = 0; p[same] == t->received[c->at + same]; same++) {
        }
      }
      c->bytes += same;
      c->at = (c->at + same) % ring;
      p += same;
      n -= same;
      if (same == k) {
        continue;
      }
    }
    /* The next byte belongs to an interjection, or the relay has changed something. */
    int between = c->interjected > 0 || c->bytes % t->received_bytes == 0;
    if (!between || t->interjection.length == 0 || *p != t->interjection.bytes[c->interjected]) {
      differs(c, p, n);
    }
    c->interjected = (c->interjected + 1) % t->interjection.length;
    p++;
    n--;
  }
}

static void receive(connection_t *from, size_t most) {
  ssize_t n = recv(from->fd, buffer, most, 0);
  if (n < 0 && errno == EAGAIN) {
    return;
  }
  if (n <= 0) {
    fail("the relay closed a connection: %s", n < 0 ? strerror(errno) : "end");
  }
  if (from->consumer != NULL) { /* else acknowledgments, replies to PUBLISH */
    int64_t at = now();
    compare(from->consumer, buffer, n);
    arrived(from->consumer, at);
    progress_at = at;
  }
}

static void ready(const struct epoll_event *event, size_t most) {
  connection_t *c = connection(event->data.u32);
  if (event->events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
    receive(c, most);
  }
  if (event->events & EPOLLOUT) {
    c->producer->blocked = 0;
    watch(EPOLL_CTL_MOD, c->producer->connection, EPOLLIN);
    pump(c->producer, is_timed(c->producer) ? LONG_MAX : PIECE_BYTES_BESIDE);
  }
}

static int await(int poll, struct epoll_event *events, int64_t nanos) {
  struct timespec limit = {.tv_sec = nanos / 1000000000, .tv_nsec = nanos % 1000000000};
  int n = nanos <= 0 ? epoll_wait(poll, events, EVENTS, 0)
                     : syscall(SYS_epoll_pwait2, poll, events, EVENTS, &limit, NULL, 0);
  if (n < 0 && errno != EINTR) {
    fail("epoll: %s", strerror(errno));
  }
  return n < 0 ? 0 : n;
}

/* ---- a run ---- */

/* Sends what is due. Gives when the next one is, INT64_MAX for never. */
static int64_t send_due(void) {
  int64_t next = INT64_MAX;
  for (int i = 0; i < session_count; i++) {
    session_t *s = sessions[i];
    if (!is_timed(s)) {
      continue;
    }
    while (s->left > 0 && s->next_due <= now()) {
      if (s->allowed == s->traffic->generated) {
        generate(s->traffic, s->allowed + 1);
        if (s->allowed == s->traffic->generated) {
          break; /* the ring is full: it stays due */
        }
      }
      long slot = s->allowed % s->traffic->slots;
      s->due[slot] = s->next_due;
      s->have[slot] = 0;
      s->allowed++;
      s->left--;
      newest_due = s->next_due;
      s->next_due += (int64_t)(1e9 / groups[s->group].rate);
      groups[s->group].messages++;
      under_way++;
      pump(s, LONG_MAX);
    }
    if (s->left > 0 && s->next_due < next) {
      next = s->next_due;
    }
  }
  return next;
}

/* Sends what goes, more and more of it until the time is over. Gives whether some of it could go on at once. */
static int send_busy(int is_over, int has_timed) {
  int unsent = 0;
  for (int i = 0; i < session_count; i++) {
    session_t *s = sessions[i];
    traffic_t *t = s->traffic;
    if (!is_busy(s)) {
      continue;
    }
    if (!is_over && s->bytes == t->generated * t->sent_bytes) {
      generate(t, LONG_MAX);
    }
    if (!is_over) {
      groups[s->group].messages += t->generated - s->allowed;
      s->allowed = t->generated;
    }
    pump(s, has_timed ? PIECE_BYTES_BESIDE : LONG_MAX);
    unsent |= !s->blocked && s->bytes < s->allowed * t->sent_bytes;
  }
  return unsent;
}

static void poll_timed(int64_t nanos) {
  struct epoll_event events[EVENTS];
  int n = await(timed_poll, events, nanos);
  for (int i = 0; i < n; i++) {
    ready(&events[i], READ_BYTES);
  }
}

/* What is timed is looked at between any two reads of what is not. */
static void poll_busy(int64_t nanos, int has_timed) {
  struct epoll_event events[EVENTS];
  int n = await(busy_poll, events, nanos);
  for (int i = 0; i < n; i++) {
    ready(&events[i], has_timed ? PIECE_BYTES_BESIDE : READ_BYTES);
    if (has_timed) {
      send_due();
      poll_timed(0);
    }
  }
}

static void poll_all(int64_t next, int has_busy, int has_timed, int unsent) {
  int64_t at = now();
  int64_t idle = next == INT64_MAX ? BUSY_WAIT_NS : next - at - SPIN_BEFORE_NS;
  idle = idle < BUSY_WAIT_NS ? idle : BUSY_WAIT_NS;
  if (!has_timed) {
    poll_busy(BUSY_WAIT_NS, 0);
  } else if (has_busy) {
    struct epoll_event events[2];
    await(any_poll, events, unsent ? 0 : idle);
    send_due();
    poll_timed(0);
    poll_busy(0, 1);
  } else {
    poll_timed(under_way > 0 && at - newest_due < SPIN_AFTER_NS ? 0 : idle);
  }
}

static int all_arrived(void) {
  for (int i = 0; i < session_count; i++) {
    for (int j = 0; !is_off(sessions[i]) && j < sessions[i]->count; j++) {
      if (sessions[i]->consumers[j]->messages < sessions[i]->allowed) {
        return 0;
      }
    }
  }
  return 1;
}

static void prepare(int64_t began, int64_t nanos, int *has_busy, int *has_timed) {
  int places[GROUPS] = {0}, sizes[GROUPS] = {0};
  for (int i = 0; i < session_count; i++) {
    sizes[sessions[i]->group]++;
  }
  for (int i = 0; i < GROUPS; i++) {
    group_t *g = &groups[i];
    g->messages = g->delivered = g->firsts = g->lasts = 0;
    g->room = g->rate > 0 ? (long)(g->rate * nanos / 1e9 + 1) * sizes[i] : 0;
    g->first = checked(realloc(g->first, (g->room + 1) * sizeof *g->first));
    g->last = checked(realloc(g->last, (g->room + 1) * sizeof *g->last));
  }
  for (int i = 0; i < session_count; i++) {
    session_t *s = sessions[i];
    if (is_off(s)) {
      continue;
    }
    *has_busy |= is_busy(s);
    *has_timed |= is_timed(s);
    if (is_timed(s)) { /* sessions of a group take turns */
      double interval = 1e9 / groups[s->group].rate;
      s->left = groups[s->group].rate * nanos / 1e9;
      s->next_due = began + (int64_t)(interval * (1 + places[s->group]++ / (double)sizes[s->group]));
    }
    watch(EPOLL_CTL_ADD, s->connection, EPOLLIN);
    for (int j = 0; j < s->count; j++) {
      watch(EPOLL_CTL_ADD, s->consumers[j]->connection, EPOLLIN);
    }
  }
}

static void finish(void) {
  for (int i = 0; i < session_count; i++) {
    session_t *s = sessions[i];
    if (!is_off(s)) {
      watch(EPOLL_CTL_DEL, s->connection, 0);
      for (int j = 0; j < s->count; j++) {
        watch(EPOLL_CTL_DEL, s->consumers[j]->connection, 0);
      }
    }
  }
}

static void print_latencies(const int64_t *values, long count) {
  printf(" %ld", count);
  for (long i = 0; i < count; i++) {
    printf(" %ld", (long)values[i]);
  }
}

static void run(pid_t pid, int64_t nanos) {
  int has_busy = 0, has_timed = 0;
  int64_t waiting = waited(), own = clock_ns(CLOCK_PROCESS_CPUTIME_ID), cpu = cpu_of(pid), began = now();
  prepare(began, nanos, &has_busy, &has_timed);
  progress_at = began;
  under_way = 0;
  for (;;) {
    int64_t at = now(), next = send_due();
    int is_over = at - began >= nanos, unsent = has_busy && send_busy(is_over, has_timed);
    if (is_over && next == INT64_MAX && all_arrived()) {
      break;
    }
    poll_all(next, has_busy, has_timed, unsent);
    step++;
    if (under_way == 0 && !has_busy) {
      progress_at = at; /* nothing has to move */
    } else if (now() - progress_at > patience) {
      fail("nothing moves: a consumer lacks messages");
    }
  }
  int64_t wall = now() - began;
  cpu = cpu_of(pid) - cpu;
  finish();
  printf("ok %ld %ld %ld %ld", (long)cpu, (long)wall, (long)(clock_ns(CLOCK_PROCESS_CPUTIME_ID) - own),
         (long)(waited() - waiting));
  for (int i = 0; i < GROUPS; i++) {
    printf(" %ld %ld", groups[i].messages, groups[i].delivered);
    print_latencies(groups[i].first, groups[i].firsts);
    print_latencies(groups[i].last, groups[i].lasts);
  }
  printf("\n");
}

/* ---- requests ---- */

static void answer(char **words, int count) {
  const char *verb = words[0];
  if (strcmp(verb, "connect") == 0 && count == 3) {
    connect_to(words[1], atoi(words[2]));
  } else if (strcmp(verb, "write") == 0 && count == 3) {
    write_all(connection(atoi(words[1]))->fd, hex(words[2]));
  } else if (strcmp(verb, "read") == 0 && count == 3) {
    read_all(connection(atoi(words[1]))->fd, strtoul(words[2], NULL, 10));
  } else if (strcmp(verb, "traffic") == 0 && count == 10) {
    new_traffic(words);
  } else if (strcmp(verb, "producer") == 0 && count == 4) {
    new_producer(atoi(words[1]), atoi(words[2]), atoi(words[3]));
  } else if (strcmp(verb, "consumer") == 0 && count == 3) {
    new_consumer(atoi(words[1]), atoi(words[2]));
  } else if (strcmp(verb, "rate") == 0 && count == 3 && atoi(words[1]) >= 0 && atoi(words[1]) < GROUPS) {
    groups[atoi(words[1])].rate = atof(words[2]);
    printf("ok\n");
  } else if (strcmp(verb, "patience") == 0 && count == 2) {
    patience = atoll(words[1]);
    printf("ok\n");
  } else if (strcmp(verb, "damage") == 0 && count == 2 && atoi(words[1]) < traffic_count) {
    damage(traffics[atoi(words[1])]);
    printf("ok\n");
  } else if (strcmp(verb, "cpu") == 0 && count == 2) {
    printf("ok %ld\n", (long)cpu_of(atoi(words[1])));
  } else if (strcmp(verb, "run") == 0 && count == 3) {
    run(atoi(words[1]), atoll(words[2]));
  } else {
    fail("not understood: %s with %d words", verb, count);
  }
}

int main(void) {
  char *line = NULL;
  size_t room = 0;
  signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL); /* nanoseconds; else a sleep is 50 us longer */
  timed_poll = epoll_create1(EPOLL_CLOEXEC);
  busy_poll = epoll_create1(EPOLL_CLOEXEC);
  any_poll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN};
  if (timed_poll < 0 || busy_poll < 0 || any_poll < 0 || epoll_ctl(any_poll, EPOLL_CTL_ADD, timed_poll, &event) < 0 ||
      epoll_ctl(any_poll, EPOLL_CTL_ADD, busy_poll, &event) < 0) {
    fail("epoll: %s", strerror(errno));
  }
  for (int i = 0; i < GROUPS; i++) {
    groups[i].rate = OFF;
  }
  while (getline(&line, &room, stdin) > 0) {
    char *words[11], *rest = line;
    int count = 0;
    while (count < 11 && (words[count] = strtok_r(rest, " \n", &rest)) != NULL) {
      count++;
    }
    if (count > 0) {
      answer(words, count);
      fflush(stdout);
    }
  }
  return 0;
}
