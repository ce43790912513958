/**
 * The list of commands. Each is loaded only when it is run (or when help or completion needs all tables), so
 * that `--version` and a short command pay for nothing else. A new command is one line here and one file.
 */
import type { Command } from './command.ts';

/** One entry of the list. */
export interface CommandEntry {
  readonly name: string;
  readonly describe: string;
  readonly load: () => Promise<Command>;
}

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'inspect',
    describe: 'explain the RPC traffic of a capture file',
    load: async () => (await import('./inspect.ts')).inspect,
  },
  {
    name: 'watch',
    describe: 'look at RPC traffic in the terminal: packets and calls, fields and bytes',
    load: async () => (await import('./watch.ts')).watch,
  },
  {
    name: 'capture',
    describe: 'record live traffic: of an interface, or through a proxy that needs no rights',
    load: async () => (await import('./capture.ts')).capture,
  },
  {
    name: 'diff',
    describe: 'compare two captures of the same traffic, call by call',
    load: async () => (await import('./diff.ts')).diff,
  },
  {
    name: 'compile',
    describe: 'check .x files, or turn them into TypeScript, a Wireshark plugin, JSON Schema or JSON',
    load: async () => (await import('./compile.ts')).compile,
  },
  {
    name: 'decode',
    describe: 'decode the bytes of a type from a .x file to JSON',
    load: async () => (await import('./decode.ts')).decode,
  },
  {
    name: 'encode',
    describe: 'encode JSON as a type from a .x file, to hex',
    load: async () => (await import('./encode.ts')).encode,
  },
  {
    name: 'start',
    describe: 'show everything at once: a daemon, a client, events, and their recorded calls',
    load: async () => (await import('./start.ts')).start,
  },
  {
    name: 'serve',
    describe: 'run the reference daemon',
    load: async () => (await import('./serve.ts')).serve,
  },
  {
    name: 'virt',
    describe: 'manage domains and networks of a daemon, as virsh does',
    load: async () => (await import('./virt.ts')).virt,
  },
  {
    name: 'ssh-proxy',
    describe: 'join standard input and output to a UNIX socket, for ssh',
    load: async () => (await import('./ssh-proxy.ts')).sshProxy,
  },
  {
    name: 'replay',
    describe: 'send a captured session again and compare the answers',
    load: async () => (await import('./replay.ts')).replay,
  },
  {
    name: 'call',
    describe: 'call a procedure of an RPC program, or measure how fast it answers',
    load: async () => (await import('./call.ts')).call,
  },
  {
    name: 'fuzz',
    describe: 'hold a server against its .x with malformed calls, and shrink what it gets wrong',
    load: async () => (await import('./fuzz.ts')).fuzz,
  },
  {
    name: 'rpcinfo',
    describe: 'list what a port mapper has registered, or ask whether a program answers',
    load: async () => (await import('./rpcinfo.ts')).rpcinfo,
  },
  {
    name: 'portmap',
    describe: 'serve a port mapper (rpcbind versions 2 to 4)',
    load: async () => (await import('./portmap.ts')).portmap,
  },
  {
    name: 'completion',
    describe: 'print a completion script for bash or zsh',
    load: async () => (await import('./completion.ts')).completion,
  },
];
