/* rpcgen's dispatcher for echo.x over UDP on a free port of loopback, which it prints. */
#include <arpa/inet.h>
#include <rpc/rpc.h>
#include <stdio.h>
#include <string.h>
#include "echo.h"

void echo_prog_1(struct svc_req *, SVCXPRT *);

void *echo_null_1_svc(void *argp, struct svc_req *rqstp)
{
	static char nothing;
	return &nothing;
}

echo_data *echo_echo_1_svc(echo_data *argp, struct svc_req *rqstp)
{
	static echo_data copy;
	static char bytes[ECHO_MAX];
	copy.echo_data_len = argp->echo_data_len;
	copy.echo_data_val = bytes;
	memcpy(bytes, argp->echo_data_val, argp->echo_data_len);
	return &copy;
}

int main(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof at;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || getsockname(fd, (struct sockaddr *)&at, &size) < 0)
		return 1;
	SVCXPRT *transport = svc_dg_create(fd, 0, 0);
	if (transport == NULL || !svc_reg(transport, ECHO_PROG, ECHO_V1, echo_prog_1, NULL))
		return 1;
	printf("%d\n", ntohs(at.sin_port));
	fflush(stdout);
	svc_run();
	return 1;
}
