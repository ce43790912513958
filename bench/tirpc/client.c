/*
 * The bench's client in C: rpcgen's stub over libtirpc, one call after the other. Prints calls a second.
 * usage: client PORT CALLS
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <rpc/rpc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "bench.h"

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	int calls = argc == 3 ? atoi(argv[2]) : 0;
	if (calls <= 0) {
		fprintf(stderr, "usage: client PORT CALLS\n");
		return 2;
	}
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(atoi(argv[1])) };
	int fd = RPC_ANYSOCK, on = 1;
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CLIENT *client = clnttcp_create(&at, BENCH, BENCH1, &fd, 0, 0);
	if (client == NULL) {
		clnt_pcreateerror("bench client");
		return 1;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	double start = now();
	for (int i = 0; i < calls; i++) {
		if (bench_null_1(NULL, client) == NULL) {
			clnt_perror(client, "bench client");
			return 1;
		}
	}
	printf("%.0f\n", calls / (now() - start));
	clnt_destroy(client);
	return 0;
}
