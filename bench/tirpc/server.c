/* The bench's server in C: rpcgen's dispatcher over libtirpc. Prints its port. */
#include <arpa/inet.h>
#include <rpc/rpc.h>
#include <stdio.h>
#include <sys/socket.h>

#include "bench.h"

void bench_1(struct svc_req *request, SVCXPRT *transport);

void *bench_null_1_svc(void *nothing, struct svc_req *request)
{
	static char result;
	(void)nothing;
	(void)request;
	return &result;
}

blob *bench_echo_1_svc(blob *sent, struct svc_req *request)
{
	(void)request;
	return sent;
}

int main(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t size = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, size) != 0 || listen(fd, 8) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &size) != 0) {
		perror("bench server");
		return 1;
	}
	SVCXPRT *transport = svctcp_create(fd, 0, 0);
	/* Protocol 0: registered in this process only, not with a portmapper. */
	if (transport == NULL || !svc_register(transport, BENCH, BENCH1, bench_1, 0)) {
		fprintf(stderr, "bench server: libtirpc does not take the socket\n");
		return 1;
	}
	printf("%d\n", ntohs(at.sin_port));
	fflush(stdout);
	svc_run();
	return 1;
}
