#!/usr/bin/env bash
# Records the captures of this folder with real peers, and MANIFEST.tsv with them.
#   captures/record.sh            records all
#   captures/record.sh rpcbind    records one: rpcbind, ledger, gss, nfs3, nfs4 or tls
# Everything runs in a private network and mount namespace (as root, or unprivileged through a user namespace), so
# nothing outside is started, registered or heard. Needs tcpdump, tshark, ip, rpcbind, rpcinfo, rpcgen, gcc,
# libtirpc, nfs-ganesha (VFS), libnfs-utils, for gss krb5-kdc, krb5-admin-server, krb5-user and libkrb5-dev, and for tls node,
# openssl, gnutls-cli and editcap.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

if [ "${ONCILLA_RECORDING:-}" != inside ]; then
  export ONCILLA_RECORDING=inside ONCILLA_OWNER
  ONCILLA_OWNER=$(stat -c %u:%g "$here")
  user_namespace=()
  [ "$(id -u)" = 0 ] || user_namespace=(--user --map-root-user)
  # The PID namespace ends every peer with the script, however the script ends.
  exec unshare "${user_namespace[@]}" --net --mount --pid --fork --mount-proc --kill-child \
    bash "${BASH_SOURCE[0]}" "$@"
fi

export PATH=$PATH:/usr/sbin:/sbin
scratch=$(mktemp -d /tmp/oncilla-record.XXXXXX)
trap 'umount -l "$scratch/share" 2>/dev/null || true; rm -rf "$scratch"' EXIT

fail() {
  echo "record: $*" >&2
  exit 1
}

prepare_namespace() {
  ip link set lo up
  # Segments as on an Ethernet, not the 64 KiB ones that loopback makes.
  ip link set lo mtu 1500 gso_max_size 1514 gso_max_segs 1
  # rpcinfo and libtirpc ask for addresses with AI_ADDRCONFIG, which ignores 127.0.0.1.
  ip address add 10.9.9.1/32 dev lo
  mount -t tmpfs tmpfs /run
  mkdir -p /run/rpcbind /run/sendsigs.omit.d
}

# wait_for SECONDS COMMAND...: until the command succeeds
wait_for() {
  local tries=$(($1 * 10))
  shift
  while ! "$@" >/dev/null 2>&1; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || fail "gave up waiting for: $*"
    sleep 0.1
  done
}

# record FILE FILTER COMMAND...: what the command makes pass over lo
record() {
  local file=$1 filter=$2
  shift 2
  tcpdump -i lo --immediate-mode -s 262144 -B 8192 -U -w "$scratch/$file" "$filter" 2>"$scratch/tcpdump.log" &
  local tcpdump=$!
  wait_for 10 grep -q 'listening on' "$scratch/tcpdump.log"
  "$@" >"$scratch/session.log" 2>&1 || { cat "$scratch/session.log" >&2; fail "$file: the session failed"; }
  sleep 0.5
  kill -INT "$tcpdump"
  wait "$tcpdump"
  grep -q '^0 packets dropped by kernel' "$scratch/tcpdump.log" || fail "$file: packets were dropped"
  cp "$scratch/$file" "$here/$file"
  chown "$ONCILLA_OWNER" "$here/$file"
}

# messages FILE MSGTYP DECODE_AS...: how many calls (0) or replies (1) tshark shows
messages() {
  local file=$1 type=$2
  shift 2
  # By content first: a client's random port may be one that tshark knows as another protocol's.
  tshark -n -r "$here/$file" -o rpc.dissect_unknown_programs:TRUE -o tcp.try_heuristic_first:TRUE "$@" -T fields -E occurrence=a -e rpc.msgtyp 2>/dev/null |
    tr ',' '\n' | grep -c "^$type\$" || true
}

# describe FILE PROGRAMS HOW DECODE_AS...: replaces the file's line in the manifest
describe() {
  local file=$1 programs=$2 how=$3 manifest=$here/MANIFEST.tsv
  shift 3
  local calls replies
  calls=$(messages "$file" 0 "$@")
  replies=$(messages "$file" 1 "$@")
  {
    printf 'file\tcalls\treplies\tprograms\thow\n'
    {
      [ ! -f "$manifest" ] || tail -n +2 "$manifest" | grep -v "^$file	" || true
      printf '%s\t%s\t%s\t%s\t%s\n' "$file" "$calls" "$replies" "$programs" "$how"
    } | LC_ALL=C sort
  } >"$scratch/manifest"
  cp "$scratch/manifest" "$manifest"
  chown "$ONCILLA_OWNER" "$manifest"
  echo "$file: $calls calls, $replies replies, $(stat -c %s "$here/$file") bytes"
}

start_rpcbind() {
  rpcbind -f -w >"$scratch/rpcbind.log" 2>&1 &
  wait_for 10 rpcinfo -T udp 127.0.0.1 100000
}

rpcbind_session() {
  rpcinfo -T udp 127.0.0.1 100000 3
  rpcinfo -T tcp 127.0.0.1 100000 4
  rpcinfo -p 127.0.0.1
  rpcinfo -s 127.0.0.1
  rpcinfo -u 127.0.0.1 100000 2
  rpcinfo -l 127.0.0.1 100000 4
  rpcinfo -m 127.0.0.1
  # Not registered: the portmapper answers port 0.
  ! rpcinfo -u 127.0.0.1 100003 3
}

record_rpcbind() {
  start_rpcbind
  record rpcbind-tcp-udp.pcap ip rpcbind_session
  describe rpcbind-tcp-udp.pcap '100000' 'rpcbind 1.2.6, asked by rpcinfo -T -p -s -u -l -m over UDP and TCP'
}

build_ledger() {
  local build=$scratch/ledger flags=(-O1 -I/usr/include/tirpc -I"$scratch/ledger")
  [ ! -d "$build" ] || return 0
  mkdir "$build"
  cp "$here"/src/* "$build"
  (
    cd "$build"
    rpcgen -h -o ledger.h ledger.x
    rpcgen -c -o ledger_xdr.c ledger.x
    rpcgen -m -o ledger_svc.c ledger.x
    gcc "${flags[@]}" -w -c ledger_xdr.c ledger_svc.c
    gcc "${flags[@]}" -o ledger-server ledger-server.c ledger_xdr.o ledger_svc.o -ltirpc
    gcc "${flags[@]}" -o ledger-client ledger-client.c ledger_xdr.o -ltirpc
    gcc "${flags[@]}" -o ledger-gss-client ledger-gss-client.c ledger_xdr.o -ltirpc
  )
}

record_ledger() {
  local build=$scratch/ledger
  build_ledger
  local transport sent
  for transport in tcp udp; do
    "$build/ledger-server" 34567 &
    local server=$!
    wait_for 10 sh -c 'ss -lnu | grep -q :34567'
    record "ledger-$transport.pcap" ip "$build/ledger-client" "$transport" 34567
    sent=$(cat "$scratch/session.log")
    kill "$server"
    wait "$server" || true
    describe "ledger-$transport.pcap" '536890437 536890438' \
      "rpcgen client and server of captures/src/ledger.x over ${transport^^} (libtirpc); the client counted its calls" \
      -d "$transport.port==34567,rpc"
    [ "$sent" = "$(messages "ledger-$transport.pcap" 0 -d "$transport.port==34567,rpc")" ] ||
      fail "ledger-$transport.pcap: the client counted $sent calls"
  done
}

# A realm of its own, with a key for the service and one for the client.
start_kdc() {
  local realm=LEDGER.EXAMPLE
  mkdir "$scratch/krb5"
  export KRB5_CONFIG=$scratch/krb5/krb5.conf KRB5_KDC_PROFILE=$scratch/krb5/kdc.conf KRB5_KTNAME=$scratch/krb5/keytab
  cat >"$KRB5_CONFIG" <<CONF
[libdefaults]
  default_realm = $realm
  dns_canonicalize_hostname = false
  dns_lookup_kdc = false
  rdns = false
  default_ccache_name = FILE:$scratch/krb5/tickets
[realms]
  $realm = {
    kdc = 127.0.0.1:10088
  }
[domain_realm]
  desk.example = $realm
CONF
  cat >"$KRB5_KDC_PROFILE" <<CONF
[realms]
  $realm = {
    database_name = $scratch/krb5/principal
    key_stash_file = $scratch/krb5/stash
    kdc_ports = 10088
    kdc_tcp_ports = 10088
  }
CONF
  kdb5_util create -s -P "$(head -c 18 /dev/urandom | base64)" >"$scratch/krb5/log"
  local principal
  for principal in ledger/desk.example clerk; do
    kadmin.local -q "addprinc -randkey $principal" >>"$scratch/krb5/log" 2>&1
    kadmin.local -q "ktadd -k $KRB5_KTNAME $principal" >>"$scratch/krb5/log"
  done
  krb5kdc -n >>"$scratch/krb5/log" 2>&1 &
  wait_for 10 kinit -k -t "$KRB5_KTNAME" clerk
}

record_gss() {
  local build=$scratch/ledger sent port=34568
  build_ledger
  start_kdc
  "$build/ledger-server" "$port" ledger@desk.example &
  local server=$!
  wait_for 10 sh -c "ss -lnu | grep -q :$port"
  record ledger-gss-krb5.pcap "tcp port $port" "$build/ledger-gss-client" "$port" ledger@desk.example
  sent=$(cat "$scratch/session.log")
  kill "$server"
  wait "$server" || true
  describe ledger-gss-krb5.pcap '536890437' \
    'rpcgen client and server of captures/src/ledger.x under RPCSEC_GSS (libtirpc, MIT krb5 1.20): krb5, krb5i and krb5p on two connections; the client counted its calls' \
    -d "tcp.port==$port,rpc"
  [ "$sent" = "$(messages ledger-gss-krb5.pcap 0 -d "tcp.port==$port,rpc")" ] ||
    fail "ledger-gss-krb5.pcap: the client counted $sent calls"
}

start_ganesha() {
  local share=$scratch/share
  mkdir "$share" "$scratch/mnt"
  # Its own file system: VFS exports need one with file handles, which an overlay may not have.
  mount -t tmpfs tmpfs "$share"
  mkdir "$share/letters"
  printf 'Dear reader,\nthese bytes came over NFS.\n' >"$share/letters/hello.txt"
  head -c 20000 /dev/zero | tr '\0' 'o' >"$share/letters/long.txt"
  touch "$share/letters/empty" "$share/letters/Gruß aus Köln"
  ln -s hello.txt "$share/letters/link"
  chmod -R a+rwX "$share"
  cat >"$scratch/ganesha.conf" <<CONF
NFS_CORE_PARAM { Protocols = 3, 4; NFS_Port = 2049; MNT_Port = 20048; NLM_Port = 32803; Rquota_Port = 32804; mount_path_pseudo = true; }
NFSv4 { Grace_Period = 1; Lease_Lifetime = 10; RecoveryBackend = fs; Graceless = true; }
EXPORT { Export_Id = 1; Path = $share; Pseudo = /share; Access_Type = RW; Squash = None; SecType = sys; Filesystem_Id = 192.168; FSAL { Name = VFS; } }
LOG { Default_Log_Level = WARN; }
CONF
  mkdir -p /run/ganesha
  mount -t tmpfs tmpfs /var/lib/nfs
  ganesha.nfsd -F -L "$scratch/ganesha.log" -f "$scratch/ganesha.conf" -p "$scratch/ganesha.pid" &
  wait_for 30 sh -c 'rpcinfo -T tcp 127.0.0.1 100003 3 && rpcinfo -T tcp 127.0.0.1 100005 3'
  wait_for 30 nfs-ls 'nfs://127.0.0.1/share?version=4'
}

nfs3_session() {
  nfs-ls 'nfs://127.0.0.1/share/letters?version=3'
  nfs-cat 'nfs://127.0.0.1/share/letters/hello.txt?version=3'
  nfs-cp "$here/src/ledger.x" 'nfs://127.0.0.1/share/letters/ledger.x?version=3'
  nfs-cp 'nfs://127.0.0.1/share/letters/long.txt?version=3' "$scratch/long.txt"
  ! nfs-cat 'nfs://127.0.0.1/share/letters/absent?version=3'
}

nfs4_session() {
  nfs-ls 'nfs://127.0.0.1/share/letters?version=4'
  nfs-cat 'nfs://127.0.0.1/share/letters/hello.txt?version=4'
  nfs-cat 'nfs://127.0.0.1/share/letters/long.txt?version=4'
  ! nfs-cat 'nfs://127.0.0.1/share/letters/absent?version=4'
}

record_nfs() {
  [ -f "$scratch/ganesha.pid" ] || start_ganesha
  local version=$1
  record "nfs$version-libnfs.pcap" ip "nfs${version}_session"
}

# record_tls NAME CALLS REPLIES PROGRAMS HOW: with its secrets inside. tshark 4.0 finds no RPC in TLS, so the numbers
# are those that the session's script sends.
record_tls() {
  local name=$1 calls=$2 replies=$3 programs=$4 how=$5 manifest=$here/MANIFEST.tsv
  record "$name.pcap" tcp node --import tsx "$here/../test/peers/inside/tls-session.ts" "$name" "$scratch/tls"
  editcap --inject-secrets "tls,$scratch/tls/$name.keys" "$scratch/$name.pcap" "$here/$name.pcapng" 2>/dev/null
  rm "$here/$name.pcap"
  {
    head -n 1 "$manifest"
    {
      tail -n +2 "$manifest" | grep -v "^$name.pcapng	" || true
      printf '%s\t%s\t%s\t%s\t%s\n' "$name.pcapng" "$calls" "$replies" "$programs" "$how"
    } | LC_ALL=C sort
  } >"$scratch/manifest"
  cp "$scratch/manifest" "$manifest"
  chown "$ONCILLA_OWNER" "$manifest" "$here/$name.pcapng"
}

record_tls_sessions() {
  cd "$here/.."
  record_tls tls13-openssl-key-update 3 3 100003 'openssl s_client and s_server 3.0, TLS 1.3, both update their keys'
  record_tls tls13-openssl-early-data 7 6 100003 'openssl s_client and s_server 3.0, TLS 1.3, the second connection resumes with 0-RTT data'
  record_tls tls13-node-chacha20 3 3 100003 'Node 20 client and server, TLS 1.3, ChaCha20-Poly1305'
  record_tls tls12-gnutls-cbc 3 3 100003 'gnutls-cli 3.7 and openssl s_server 3.0, TLS 1.2, AES-CBC with encrypt-then-MAC'
  record_tls tls13-oncilla-starttls 2 2 '100000 536877669' 'oncilla call and serve, RFC 9289 STARTTLS, TLS 1.3'
}

prepare_namespace
for session in "${@:-rpcbind ledger gss nfs3 nfs4 tls}"; do
  for name in $session; do
    case $name in
      rpcbind) record_rpcbind ;;
      ledger) record_ledger ;;
      gss) record_gss ;;
      nfs3)
        [ -f "$scratch/rpcbind.log" ] || start_rpcbind
        record_nfs 3
        describe nfs3-libnfs.pcap '100000 100003 100005' \
          'nfs-ganesha 4.3 (VFS), used by libnfs 4.0.0 nfs-ls, nfs-cat and nfs-cp with version=3, through rpcbind and mount'
        ;;
      nfs4)
        [ -f "$scratch/rpcbind.log" ] || start_rpcbind
        record_nfs 4
        describe nfs4-libnfs.pcap '100003' \
          'nfs-ganesha 4.3 (VFS), used by libnfs 4.0.0 nfs-ls and nfs-cat with version=4 (its nfs-cp cannot write v4)'
        ;;
      tls) record_tls_sessions ;;
      *) fail "no session named $name" ;;
    esac
  done
done
