/*
 * A synchronous C client of VIRT, made with rpcgen and libtirpc from our virt.x, as others would write it.
 * usage: virt-client tcp|udp PORT NAME; prints one line per step, exits 1 at the first surprise.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <rpc/rpc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "virt.h"

static void fail(CLIENT *client, const char *what) {
  fprintf(stderr, "%s\n", clnt_sperror(client, what));
  exit(1);
}

static CLIENT *reach(const char *transport, int port) {
  struct sockaddr_in address;
  int sock = RPC_ANYSOCK;
  struct timeval wait = {2, 0};
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (strcmp(transport, "udp") == 0) return clntudp_create(&address, VIRT, VIRT_V1, wait, &sock);
  return clnttcp_create(&address, VIRT, VIRT_V1, &sock, 0, 0);
}

int main(int argc, char **argv) {
  char xml[512];
  if (argc != 4) return 2;
  CLIENT *client = reach(argv[1], atoi(argv[2]));
  if (client == NULL) {
    clnt_pcreateerror("virt-client");
    return 1;
  }
  if (virt_null_1(NULL, client) == NULL) fail(client, "NULL");
  puts("null: ok");

  virt_version_result *version = virt_get_version_1(NULL, client);
  if (version == NULL || version->status != VIRT_OK) fail(client, "GET_VERSION");
  printf("version: %llu\n", (unsigned long long)version->virt_version_result_u.number);

  virt_ids_result *ids = virt_list_domains_1(NULL, client);
  if (ids == NULL || ids->status != VIRT_OK) fail(client, "LIST_DOMAINS");
  printf("running: %u\n", ids->virt_ids_result_u.ids.ids_len);

  snprintf(xml, sizeof xml,
           "<domain type='test'><name>%s</name><memory>1024</memory><os><type>hvm</type></os></domain>", argv[3]);
  virt_xml_args define = {xml};
  virt_domain_result *defined = virt_domain_define_1(&define, client);
  if (defined == NULL || defined->status != VIRT_OK) fail(client, "DOMAIN_DEFINE");
  printf("defined: %s, id %d\n", defined->virt_domain_result_u.dom.name, defined->virt_domain_result_u.dom.id);

  virt_uuid_args which;
  memcpy(which.uuid, defined->virt_domain_result_u.dom.uuid, VIRT_UUID_LENGTH);
  virt_domain_result *started = virt_domain_start_1(&which, client);
  if (started == NULL || started->status != VIRT_OK) fail(client, "DOMAIN_START");
  printf("started: %s\n", started->virt_domain_result_u.dom.id > 0 ? "with an id" : "without an id");

  virt_domain_info_result *info = virt_domain_get_info_1(&which, client);
  if (info == NULL || info->status != VIRT_OK) fail(client, "DOMAIN_GET_INFO");
  printf("state: %d, memory: %llu\n", info->virt_domain_info_result_u.info.state,
         (unsigned long long)info->virt_domain_info_result_u.info.memory);

  virt_name_args nobody = {"nobody"};
  virt_domain_result *found = virt_domain_lookup_by_name_1(&nobody, client);
  if (found == NULL || found->status == VIRT_OK) fail(client, "DOMAIN_LOOKUP_BY_NAME");
  printf("error: %d\n", found->virt_domain_result_u.error.code);

  /* newer than minor 0, which is what a client has that never agreed on more */
  if (virt_list_all_domains_1(NULL, client) != NULL) fail(client, "LIST_ALL_DOMAINS");
  struct rpc_err why;
  clnt_geterr(client, &why);
  printf("not agreed: %s\n", why.re_status == RPC_PROCUNAVAIL ? "procedure unavailable" : clnt_sperrno(why.re_status));

  virt_id_args id = {started->virt_domain_result_u.dom.id};
  virt_void_result *destroyed = virt_domain_destroy_1(&id, client);
  if (destroyed == NULL || destroyed->status != VIRT_OK) fail(client, "DOMAIN_DESTROY");
  virt_void_result *undefined = virt_domain_undefine_1(&which, client);
  if (undefined == NULL || undefined->status != VIRT_OK) fail(client, "DOMAIN_UNDEFINE");
  puts("gone: ok");
  clnt_destroy(client);
  return 0;
}
