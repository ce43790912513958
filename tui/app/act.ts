/**
 * What is done with a call that was seen: its arguments edited, sent again and the answers put side by side; one of
 * its fields fuzzed; copied as JSON, as bytes, as a command line. Nothing is sent or copied but on its key, and a
 * target is asked for each time.
 */
import { quoteShell } from '../../codec/escape/index.ts';
import { procedureText, type Transaction, verdictText } from '../../dissector/stats/calls.ts';
import { Style } from '../screen/style.ts';
import { REPLY } from '../trace/trace.ts';
import { latencyText } from '../views/list-view.ts';
import type { App } from './app.ts';
import type { CallRequest } from './host.ts';
import { Prompt } from './prompt.ts';
import { type StyledLine, TextOverlay } from './text-overlay.ts';

/** The call that is chosen, or that the chosen packet ends or answers; -1 for none. */
export function chosenCall(app: App): number {
  if (app.mode === 'calls') return app.chosenCall;
  const { trace } = app.capture;
  if (app.chosenRow < 0) return -1;
  const [from, to] = trace.messagesOf(app.chosenRow);
  for (let m = from; m < to; m++) {
    const call = (trace.messageBits.get(m) & REPLY) === 0 ? m : trace.peer.get(m);
    if (call >= 0 && trace.calls.has(call)) return call;
  }
  return -1;
}

/** The chosen call with its arguments as they were edited, or as they were; says so when there is none to send. */
function toSend(app: App): { readonly t: Transaction; readonly request: CallRequest } | null {
  const call = chosenCall(app);
  const t = call < 0 ? null : app.capture.transaction(call);
  if (t === null || t.call === null || t.program === null || t.version === null || t.procedure === null) {
    app.message = 'choose a call first';
    return null;
  }
  const edited = app.edited?.call === call ? app.edited.json : null;
  if (edited === null && t.args === 'null' && t.argsBytes > 0) {
    app.message = 'its arguments cannot be read, so they cannot be sent';
    return null;
  }
  const { program, version, procedure, transport, server } = t;
  return {
    t,
    request: { program, version, procedure, json: edited ?? t.args, target: `${transport}://${server}` },
  };
}

/** `e`: the arguments in the user's editor, kept for `r` once they are such arguments. */
export async function edit(app: App): Promise<void> {
  const chosen = toSend(app);
  if (chosen === null) return;
  const call = chosenCall(app);
  let text = `${JSON.stringify(JSON.parse(chosen.request.json), null, 2)}\n`;
  try {
    const changed = await app.host.edit(text, '.json');
    if (changed === null) app.message = 'nothing was changed';
    else {
      text = changed;
      const wrong = await app.host.check({ ...chosen.request, json: text });
      if (wrong === null) {
        app.edited = { call, json: text };
        app.message = 'edited: r sends it';
      } else app.message = `not arguments of ${procedureText(chosen.t)}: ${wrong}`;
    }
  } catch (e) {
    app.message = (e as Error).message;
  }
  app.host.redraw();
}

/** `r`: sends the call and shows the answer beside the recorded one. */
export function resend(app: App): void {
  const chosen = toSend(app);
  if (chosen === null) return;
  const { t, request } = chosen;
  app.overlay = new Prompt(`Send ${procedureText(t)} to`, request.target, (target) => {
    app.message = `waiting for ${target.trim()}`;
    void answer(app, t, { ...request, target: target.trim() });
  });
}

async function answer(app: App, t: Transaction, request: CallRequest): Promise<void> {
  let lines: StyledLine[];
  try {
    const { json, latencyMs, warnings } = await app.host.call(request);
    lines = [...warnings.map((text) => ({ text, style: Style.warning })), ...beside(t, json, latencyMs)];
  } catch (e) {
    lines = [{ text: `Not answered: ${(e as Error).message}`, style: Style.bad }, ...recorded(t)];
  }
  app.message = '';
  app.overlay = new TextOverlay({
    title: `${procedureText(t)} again, at ${request.target}`,
    pages: [{ name: 'answers', lines: () => lines }],
  });
  app.host.redraw();
}

/** Line by line: what both say, what only the recording says, what only the new answer says. */
function beside(t: Transaction, json: string, latencyMs: number): StyledLine[] {
  const old = pretty(t.result);
  const now = pretty(json);
  const same = old.join('\n') === now.join('\n');
  const head: StyledLine[] = [
    {
      text: `recorded ${verdictText(t)} in ${latencyText(t.latencyNs ?? 0)}, now in ${latencyText(latencyMs * 1e6)}`,
      style: Style.heading,
    },
    {
      text: same ? 'The answers are the same.' : 'The answers differ: - recorded, + now',
      style: same ? Style.good : Style.warning,
    },
    { text: '', style: Style.plain },
  ];
  const length = Math.max(old.length, now.length);
  const body = Array.from({ length }, (_, i): StyledLine[] => {
    const [a, b] = [old[i], now[i]];
    if (a === b) return [{ text: `  ${a}`, style: Style.plain }];
    return [
      ...(a === undefined ? [] : [{ text: `- ${a}`, style: Style.client }]),
      ...(b === undefined ? [] : [{ text: `+ ${b}`, style: Style.server }]),
    ];
  });
  return [...head, ...body.flat()];
}

function recorded(t: Transaction): StyledLine[] {
  return ['', `Recorded: ${verdictText(t)}`, ...pretty(t.result)].map((text) => ({
    text,
    style: Style.plain,
  }));
}

function pretty(json: string): string[] {
  return JSON.stringify(JSON.parse(json), null, 2).split('\n');
}

/** `f`: replays the capture with this call's field mutated, as `replay --mutate` does. */
export function fuzzField(app: App): void {
  const chosen = toSend(app);
  if (chosen === null) return;
  const def = app.tree.selected?.node.def;
  const field = def == null ? null : def.name.slice(def.protocol.length + 1);
  if (def == null || field === '' || def.protocol === 'frame' || def.name === def.protocol) {
    app.message = 'choose a field of the call first';
    return;
  }
  const path = def.protocol === 'rpc' ? 'header' : field;
  const { trace } = app.capture;
  const index = trace.calls.find(chosenCall(app));
  let number = 0;
  for (let i = 0; i <= index; i++) if ((trace.messageBits.get(trace.calls.get(i)) & REPLY) === 0) number++;
  const mutate = `call=${number},field=${path}`;
  app.overlay = new Prompt(`Replay with ${mutate} to`, chosen.request.target, (target) => {
    app.message = 'replaying';
    void runReplay(app, ['replay', app.loader.name, '--to', target.trim(), '--mutate', mutate]);
  });
}

async function runReplay(app: App, command: readonly string[]): Promise<void> {
  const text = await app.host.command(command).catch((e: Error) => e.message);
  const lines = text.split('\n').map((line) => ({ text: line, style: Style.plain }));
  app.message = '';
  app.overlay = new TextOverlay({
    title: `oncilla ${command.map(quoteShell).join(' ')}`,
    pages: [{ name: 'replay', lines: () => lines }],
  });
  app.host.redraw();
}

export type CopyForm = 'json' | 'hex' | 'call';

/** `y`: on the clipboard of the terminal. */
export function copy(app: App, form: CopyForm): void {
  const text = copied(app, form);
  if (text === null) return;
  app.host.copy(text);
  app.message = `copied ${text.length} characters`;
}

function copied(app: App, form: CopyForm): string | null {
  if (form === 'hex') {
    const { bytes } = app;
    const { source } = bytes;
    if (source === undefined) return null;
    const marked = bytes.to > bytes.from;
    const from = source.off + (marked ? bytes.from : 0);
    return source.buf.toString('hex', from, marked ? source.off + bytes.to : source.off + source.len);
  }
  const chosen = toSend(app);
  if (chosen === null) return null;
  const { t, request } = chosen;
  if (form === 'json') {
    return JSON.stringify({
      program: t.program,
      version: t.version,
      procedure: t.procedure,
      verdict: t.verdict,
      args: JSON.parse(t.args),
      result: JSON.parse(t.result),
    });
  }
  const { program, version, procedure, json, target } = request;
  const words = ['oncilla', 'call', target, `${program}.${version}.${procedure}`];
  return [...words, ...(json === 'null' ? [] : [JSON.stringify(JSON.parse(json))])].map(quoteShell).join(' ');
}
