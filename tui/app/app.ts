/**
 * The inspector as a state: which packets, which of them are seen, where the cursors are, what is being typed. Events
 * go in (`key`, `mouse`, `resize`, `paste`, `tick`), a grid of cells comes out (`draw`). It has no terminal, no clock
 * and no file of its own; what it wants done it asks of its Host.
 */
import type { Inspection } from '../../dissector/inspect.ts';
import { type Transaction, transactionWords } from '../../dissector/stats/calls.ts';
import { BytesPane } from '../panes/bytes-pane.ts';
import { ListPane } from '../panes/list-pane.ts';
import { TreePane } from '../panes/tree-pane.ts';
import type { Area, Grid } from '../screen/grid.ts';
import type { MouseAction } from '../screen/script.ts';
import { Style } from '../screen/style.ts';
import type { Capture, Detail } from '../trace/capture.ts';
import { checkFilter, type FilterState } from '../trace/filter-check.ts';
import { FilterRun } from '../trace/filter-run.ts';
import type { Loader } from '../trace/loader.ts';
import { Notes } from '../trace/notes.ts';
import { allPackets, listed, type Rows } from '../trace/rows.ts';
import { Statistics } from '../trace/statistics.ts';
import { REPLY } from '../trace/trace.ts';
import { type Areas, divide, type Layout, PANES, type PaneName } from '../views/area.ts';
import { CALL_CELLS, type Column, callStyles, type ListLine } from '../views/list-view.ts';
import { draw } from '../views/screen-view.ts';
import { byteAt } from '../views/tree-view.ts';
import { FollowJob, followCalls } from './follow.ts';
import type { Host } from './host.ts';
import type { Job } from './job.ts';
import { type Keymap, newKeymap } from './keymap.ts';
import type { Overlay } from './overlay.ts';

export const MODES = ['packets', 'calls'] as const;
export type Mode = (typeof MODES)[number];

/** What lines are coloured by; `outcome` leaves packets plain. */
export const COLORED_BY = ['outcome', 'connection', 'program', 'client'] as const;
export type ColoredBy = (typeof COLORED_BY)[number];

const GROUPS = [Style.group1, Style.group2, Style.group3, Style.group4, Style.group5, Style.group6] as const;

export interface AppOptions {
  readonly mode?: Mode;
  /** display filter to begin with; it was checked */
  readonly filter?: string;
  /** follow what comes in from the beginning */
  readonly tail?: boolean;
  /** an inspection like the capture's with a display filter */
  readonly inspectionFor: (filter: string) => Inspection;
}

const PACKET_COLUMNS: readonly Column[] = [
  { name: 'No.', width: 8, right: true },
  { name: 'Time', width: 12, right: true },
  { name: 'Source', width: 15 },
  { name: 'Destination', width: 15 },
  { name: 'Protocol', width: 8 },
  { name: 'Length', width: 6, right: true },
  { name: 'Info', width: 0 },
];

const CALL_COLUMNS: readonly Column[] = [
  { name: 'Time', width: 11, right: true },
  { name: 'Client', width: 21 },
  { name: 'Program', width: 10 },
  { name: 'Procedure', width: 16 },
  { name: 'Latency', width: 7, right: true },
  { name: 'Verdict', width: 13 },
  { name: 'Details', width: 0 },
];

/** How long work goes on before a key is looked for. */
const WORK_MS = 4;
const WHEEL_LINES = 3;

export class App {
  readonly capture: Capture;
  readonly loader: Loader;
  readonly host: Host;
  readonly notes: Notes;
  readonly statistics: Statistics;
  /** long work that is going on beside loading and filtering */
  job: Job | null = null;
  /** arguments that were edited, until others are */
  edited: { readonly call: number; readonly json: string } | null = null;
  lastSearch = '';
  readonly searchHistory: string[] = [];
  readonly keymap: Keymap = newKeymap();
  readonly lists: Readonly<Record<Mode, ListPane>> = { packets: new ListPane(), calls: new ListPane() };
  readonly tree = new TreePane();
  readonly bytes = new BytesPane();
  mode: Mode;
  focus: PaneName = 'list';
  layout: Layout | 'auto' = 'auto';
  listShare = 45;
  treeShare = 55;
  zoomed: PaneName | null = null;
  mouseOn = true;
  coloredBy: ColoredBy = 'outcome';
  /** what `#prepare` is at */
  #prepared = { place: '', next: 0 };
  #callColumns: readonly Column[] = CALL_COLUMNS;
  /** new lines are followed; else the view keeps its place */
  tail: boolean;
  /** packets there were when the view was paused, -1 while what was there at first is loaded */
  #seen = -1;
  /** the filter that is applied, null: none */
  filterRun: FilterRun | null = null;
  /** what `toggleFilter` applies again */
  lastFilter = '';
  readonly filterHistory: string[] = [];
  /** of a call: whether its reply is shown below */
  showsReply = false;
  overlay: Overlay | null = null;
  /** a word for the status line, until the next key */
  message = '';
  width = 80;
  height = 24;
  #areas: Areas = this.#divide();

  readonly #inspectionFor: (filter: string) => Inspection;
  /** the packet to choose once the filter is through, -1: none */
  #wanted = -1;
  #checked: { readonly text: string; readonly at: number; readonly state: FilterState } | null = null;

  constructor(capture: Capture, loader: Loader, host: Host, options: AppOptions) {
    this.capture = capture;
    this.loader = loader;
    this.host = host;
    this.notes = new Notes(capture.trace);
    this.statistics = new Statistics(capture.trace);
    this.mode = options.mode ?? 'packets';
    this.#inspectionFor = options.inspectionFor;
    this.tail = options.tail ?? false;
    if (options.filter !== undefined && options.filter !== '') this.applyFilter(options.filter);
  }

  get areas(): Areas {
    return this.#areas;
  }

  /** What the list shows. */
  get rows(): Rows {
    const { trace } = this.capture;
    const run = this.filterRun;
    if (run !== null) return listed(this.mode === 'packets' ? run.packets : run.calls);
    return this.mode === 'packets' ? allPackets(trace) : listed(trace.calls);
  }

  get list(): ListPane {
    return this.lists[this.mode];
  }

  get columns(): readonly Column[] {
    return this.mode === 'packets' ? PACKET_COLUMNS : this.#callColumns;
  }

  /** The columns of the list of calls, by name; the last one takes what is left. Throws RangeError for another name. */
  setColumns(names: readonly string[]): void {
    this.#callColumns = names.map((name, i) => {
      if (CALL_CELLS[name] === undefined) throw new RangeError(`there is no column ${name}`);
      const usual = CALL_COLUMNS.find((column) => column.name === name);
      const width = i === names.length - 1 ? 0 : usual?.width || Math.max(12, name.length);
      return { name, width, right: usual?.right === true };
    });
  }

  /** The chosen call; -1 in the list of packets, or without one. */
  get chosenCall(): number {
    return this.mode === 'calls' && this.list.count > 0 ? this.rows.at(this.list.cursor) : -1;
  }

  /** The row of the packet that is shown below, -1 without one. */
  get chosenRow(): number {
    if (this.list.count === 0) return -1;
    const value = this.rows.at(this.list.cursor);
    if (this.mode === 'packets') return value;
    const { trace } = this.capture;
    const peer = trace.peer.get(value);
    return trace.messageRow.get(this.showsReply && peer >= 0 ? peer : value);
  }

  get detail(): Detail | null {
    const row = this.chosenRow;
    return row < 0 ? null : this.capture.detail(row);
  }

  // --- events

  resize(width: number, height: number): void {
    this.width = Math.max(1, width);
    this.height = Math.max(1, height);
    this.layOut();
  }

  key(key: string): void {
    this.message = '';
    if (this.overlay !== null) {
      this.overlay.key(key, this);
      return;
    }
    this.keymap.key(key, this);
    // who goes elsewhere wants to stay there
    if (this.tail && !this.list.atEnd) this.setTail(false);
  }

  paste(text: string): void {
    if (this.overlay !== null) this.overlay.paste?.(text, this);
  }

  /** Fits the panes to the screen and to what there is. */
  layOut(): void {
    this.#areas = this.#divide();
    const { list, tree, bytes } = this.#areas;
    this.list.fit(this.rows.length, (list?.height ?? 2) - 1);
    if (this.tail) {
      this.list.select(this.list.count - 1);
    }
    this.tree.list.fit(this.tree.lines.length, (tree?.height ?? 2) - 1);
    this.bytes.list.fit(this.bytes.list.count, (bytes?.height ?? 2) - 1);
    if (this.#areas[this.focus] === null) this.focus = 'list';
  }

  /** Packets that came since the view was paused. */
  get arrived(): number {
    return this.tail || this.#seen < 0 ? 0 : this.capture.trace.length - this.#seen;
  }

  setTail(on: boolean): void {
    this.tail = on;
    this.#seen = this.capture.trace.length;
    this.layOut();
  }

  /** Shows below what is chosen above. */
  follow(): void {
    const { detail } = this;
    this.tree.show(detail?.roots ?? []);
    this.bytes.show(detail?.sources ?? []);
    if (this.focus !== 'bytes') this.markField();
  }

  /** Marks the bytes of the chosen field. */
  markField(): void {
    const line = this.tree.selected;
    if (line !== undefined) this.bytes.mark(line.node);
  }

  /** Chooses the field that the byte under the cursor belongs to. */
  chooseByte(at: number): void {
    const { bytes } = this;
    bytes.moveTo(at);
    const { source } = bytes;
    if (source === undefined) return;
    if (this.tree.selectByte(source.buf, source.off + bytes.cursor)) {
      const cursor = bytes.cursor;
      this.markField();
      bytes.moveTo(cursor);
    }
  }

  draw(grid: Grid): void {
    this.layOut();
    this.follow();
    draw(grid, this);
  }

  /** Works for a while on what is not done yet: loading, filtering. Whether there is more of it. */
  work(until: number): boolean {
    const { loader, filterRun } = this;
    if (loader.pending) loader.step(filterRun?.pending ? (performance.now() + until) / 2 : until);
    else if (this.#seen < 0) this.#seen = this.capture.trace.length;
    if (filterRun?.pending) {
      filterRun.step(until, !loader.pending);
      this.#returnToWanted(filterRun);
    }
    const { job } = this;
    if (job !== null && filterRun?.pending !== true) {
      // a job may begin another
      if (!job.step(until, this) && this.job === job) this.job = null;
    }
    const busy = loader.pending || filterRun?.pending === true || this.job !== null;
    return busy || this.#prepare(until);
  }

  /** Makes the lines of the pages around what is seen, so that a page key finds them; whether there are more. */
  #prepare(until: number): boolean {
    const { list, rows } = this;
    const place = `${this.mode} ${list.top} ${list.height}`;
    if (place !== this.#prepared.place) this.#prepared = { place, next: list.top - list.height };
    const end = Math.min(rows.length, list.top + 2 * list.height);
    for (; this.#prepared.next < end; this.#prepared.next++) {
      if (performance.now() >= until) return true;
      if (this.#prepared.next >= 0) this.line(this.#prepared.next);
    }
    return false;
  }

  /** Works until nothing is left. */
  async settle(): Promise<void> {
    for (;;) {
      while (this.work(performance.now() + WORK_MS)) await new Promise(setImmediate);
      const { live, ended } = this.loader.state;
      if (live || ended) return;
      await new Promise<void>((resolve) => this.loader.onChange(resolve));
    }
  }

  mouse(x: number, y: number, action: MouseAction): void {
    this.message = '';
    if (this.overlay !== null) {
      this.overlay.mouse?.(x, y, action, this);
      return;
    }
    const pane = PANES.find((name) => within(this.#areas[name], x, y));
    if (pane === undefined) return;
    const area = this.#areas[pane]!;
    if (action !== 'click') {
      const list = pane === 'list' ? this.list : this[pane].list;
      list.scroll(action === 'wheelup' ? -WHEEL_LINES : WHEEL_LINES);
      return;
    }
    this.focus = pane;
    const line = y - area.y - 1;
    if (line < 0) return;
    if (pane === 'bytes') {
      const at = byteAt(area, this.bytes, x, y);
      if (at >= 0) this.chooseByte(at);
      return;
    }
    const list = pane === 'list' ? this.list : this.tree.list;
    const index = list.top + line;
    if (index >= list.count) return;
    const again = index === list.cursor;
    list.select(index);
    if (pane === 'tree' && again) this.tree.toggle();
  }

  // --- the filter

  check(text: string): FilterState {
    const { inspection, trace } = this.capture;
    const known = trace.procedures.length;
    if (this.#checked?.text === text && this.#checked.at === known) return this.#checked.state;
    const state = checkFilter(text, inspection.walker, trace);
    this.#checked = { text, at: known, state };
    return state;
  }

  /** Shows only what matches; '' shows everything. The filter was checked. */
  applyFilter(text: string): void {
    const row = this.chosenRow;
    if (text === '') this.filterRun = null;
    else {
      this.lastFilter = text;
      const { trace, bytes, inspection } = this.capture;
      const own = this.#inspectionFor(text);
      this.filterRun = new FilterRun(text, trace, bytes, own, () => inspection.capture);
      const old = this.filterHistory.indexOf(text);
      if (old >= 0) this.filterHistory.splice(old, 1);
      this.filterHistory.push(text);
    }
    this.capture.forgetLines();
    this.#wanted = row;
    if (this.filterRun === null) this.#choose(row);
    else for (const list of Object.values(this.lists)) list.fit(0, list.height);
  }

  /** Puts together what the two sides of the chosen packet's conversation said. */
  followConversation(as: 'bytes' | 'calls'): void {
    const row = this.chosenRow;
    const flow = row < 0 ? -1 : this.capture.trace.flow.get(row);
    if (flow < 0) this.message = 'this packet is of no conversation';
    else if (as === 'calls') followCalls(flow, this);
    else this.job = new FollowJob(flow, this, this.#inspectionFor(''));
  }

  /** Takes the filter away and puts it back. */
  toggleFilter(): void {
    if (this.filterRun !== null) this.applyFilter('');
    else if (this.lastFilter !== '') this.applyFilter(this.lastFilter);
    else this.message = 'no filter was used yet';
  }

  /** Whether something was going on, which is stopped; a filter is taken away. */
  stop(): boolean {
    if (this.job !== null) {
      this.job.cancel(this);
      this.job = null;
      return true;
    }
    if (this.filterRun?.pending !== true) return false;
    this.applyFilter('');
    this.message = 'the filter was stopped';
    return true;
  }

  /** Once the filter has come past the packet that was chosen, it is chosen again, or the one behind it. */
  #returnToWanted(run: FilterRun): void {
    if (this.#wanted < 0 || (run.pending && run.done <= this.#wanted)) return;
    this.#choose(this.#wanted);
  }

  #choose(row: number): void {
    this.#wanted = -1;
    this.layOut();
    if (row < 0 || this.goToRow(row)) return;
    this.select(this.rows.find(this.mode === 'packets' ? row : this.capture.trace.firstMessage.get(row)));
  }

  // --- moving

  select(index: number): void {
    this.list.show(index);
  }

  /** Chooses a packet, in the list as it is; whether it is there. */
  goToRow(row: number): boolean {
    const { trace } = this.capture;
    if (this.mode === 'packets') {
      const index = this.rows.find(row);
      if (this.rows.at(index) !== row || index >= this.rows.length) return false;
      this.select(index);
      return true;
    }
    const [from, to] = trace.messagesOf(row);
    for (let m = from; m < to; m++) {
      const call = (trace.messageBits.get(m) & REPLY) !== 0 && trace.peer.get(m) >= 0 ? trace.peer.get(m) : m;
      const index = this.rows.find(call);
      if (index >= this.rows.length || this.rows.at(index) !== call) continue;
      this.showsReply = call !== m;
      this.select(index);
      return true;
    }
    return false;
  }

  /** From a call to its reply and back. */
  jump(): void {
    const { trace } = this.capture;
    if (this.mode === 'calls') {
      if (trace.peer.get(this.chosenCall) < 0) this.message = 'no reply was seen';
      else this.showsReply = !this.showsReply;
      return;
    }
    const row = this.chosenRow;
    if (row < 0) return;
    const [from, to] = trace.messagesOf(row);
    for (let m = from; m < to; m++) {
      const peer = trace.peer.get(m);
      if (peer < 0) continue;
      const other = trace.messageRow.get(peer);
      if (!this.goToRow(other)) this.message = `packet ${other + 1} is not in the list: the filter hides it`;
      return;
    }
    this.message = from === to ? 'this packet ends no call and no reply' : 'its other half was not seen';
  }

  setMode(mode: Mode): void {
    if (mode === this.mode) return;
    const row = this.chosenRow;
    this.mode = mode;
    this.layOut();
    this.#choose(row);
  }

  nextFocus(by: 1 | -1): void {
    const shown = PANES.filter((pane) => this.zoomed !== null || this.#areas[pane] !== null);
    const at = shown.indexOf(this.focus);
    this.focus = shown[(at + by + shown.length) % shown.length] ?? 'list';
    if (this.zoomed !== null) this.zoomed = this.focus;
  }

  // --- what lines show

  line(index: number): ListLine {
    const value = this.rows.at(index);
    if (this.mode === 'packets') {
      const displayed = index > 0 ? this.rows.at(index - 1) : -1;
      const s = this.capture.summary(value, displayed);
      const info = this.#noted(value) + s.info;
      const cells = [String(s.number), s.time, s.source, s.destination, s.protocol, String(s.length), info];
      const style = this.#groupOf(value, s.source) ?? Style.plain;
      return { cells, style, cursorStyle: Style.cursor, marked: this.notes.isMarked(value) };
    }
    const t = this.capture.transaction(value);
    const words = this.words(t);
    const time = this.capture.summary(this.capture.trace.messageRow.get(value)).time;
    const cells = this.columns.map((column) => CALL_CELLS[column.name]?.(t, time, words) ?? '');
    const row = this.capture.trace.messageRow.get(value);
    const last = cells.length - 1;
    cells[last] = this.#noted(row) + cells[last];
    const [outcome, cursorStyle] = callStyles(t);
    const style = this.#groupOf(row, t.client) ?? outcome;
    return { cells, style, cursorStyle, marked: this.notes.isMarked(row) };
  }

  /** The colour of what a packet belongs to; null where lines are not coloured by that. */
  #groupOf(row: number, sender: string): number | null {
    const { trace } = this.capture;
    let group = -1;
    if (this.coloredBy === 'connection') group = trace.flow.get(row) >> 1;
    else if (this.coloredBy === 'client') {
      for (const char of sender.replace(/:\d+$/, '')) group = (group * 31 + char.codePointAt(0)!) >>> 0;
    } else if (this.coloredBy === 'program') {
      const [from, to] = trace.messagesOf(row);
      if (from < to) group = trace.procedures[trace.procedure.get(from)]?.program ?? -1;
    }
    return group < 0 ? null : GROUPS[group % GROUPS.length]!;
  }

  /** A packet's comment, before what its line says. */
  #noted(row: number): string {
    const text = this.notes.textOf(row);
    return text === '' ? '' : `[${text}] `;
  }

  words(t: Transaction): ReturnType<typeof transactionWords> {
    const { programs } = this.capture.inspection.walker;
    return transactionWords(t, (handle, servers) => programs.pathOfHandle(handle, servers));
  }

  #divide(): Areas {
    return divide(this.width, this.height, this);
  }
}

function within(area: Area | null, x: number, y: number): boolean {
  return area !== null && x >= area.x && x < area.x + area.width && y >= area.y && y < area.y + area.height;
}
