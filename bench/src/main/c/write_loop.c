/*
 * The least that a relay on this machine could cost: accepts consumers on a port of 127.0.0.1 and
 * writes the same bytes to each of them, with write() and nothing else.
 *
 *   write_loop CONSUMERS BLOCK_BYTES
 *
 * Prints its port. Then, for each line "N" on standard input, writes N blocks to every consumer, one
 * block to each in turn, and prints "done". Byte i of a block is (i * 31 + 7) mod 251.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int listen_on_loopback(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) < 0 ||
      listen(listener, 128) < 0 || getsockname(listener, (struct sockaddr *)&address, &length) < 0) {
    fail("listen");
  }
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  return listener;
}

static void write_all(int to, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t n = write(to, bytes, length);
    if (n < 0) {
      fail("write");
    }
    bytes += n;
    length -= n;
  }
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: write_loop CONSUMERS BLOCK_BYTES\n");
    return 2;
  }
  int consumers = atoi(argv[1]);
  size_t size = strtoul(argv[2], NULL, 10);
  int *sockets = calloc(consumers, sizeof *sockets);
  char *block = malloc(size);
  if (sockets == NULL || block == NULL) {
    fail("malloc");
  }
  for (size_t i = 0; i < size; i++) {
    block[i] = (char)((i * 31 + 7) % 251);
  }
  signal(SIGPIPE, SIG_IGN);
  int listener = listen_on_loopback();
  for (int i = 0; i < consumers; i++) {
    int on = 1;
    sockets[i] = accept(listener, NULL, NULL);
    if (sockets[i] < 0 || setsockopt(sockets[i], IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0) {
      fail("accept");
    }
  }
  long blocks;
  while (scanf("%ld", &blocks) == 1) {
    for (long b = 0; b < blocks; b++) {
      for (int i = 0; i < consumers; i++) {
        write_all(sockets[i], block, size);
      }
    }
    printf("done\n");
    fflush(stdout);
  }
  return 0;
}
