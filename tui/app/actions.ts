/**
 * All that can be done, once: keys, help, palette and configuration come from this table. An action gets the number
 * typed before its key, if there was one.
 */
import { BYTES_A_LINE } from '../panes/bytes-pane.ts';
import type { ListPane } from '../panes/list-pane.ts';
import { filterOf } from '../trace/filter-text.ts';
import { NumberList } from '../trace/growing.ts';
import { allPackets, listed, type Rows } from '../trace/rows.ts';
import { LAYOUTS } from '../views/area.ts';
import { copy, edit, fuzzField, resend } from './act.ts';
import { type App, COLORED_BY } from './app.ts';
import { FilterBar } from './filter-bar.ts';
import { HelpOverlay } from './help.ts';
import { Prompt } from './prompt.ts';
import { SaveJob } from './save.ts';
import { parseNeedle, SearchJob } from './search.ts';
import { openStatistics } from './statistics-view.ts';

export const GROUPS = [
  'Move',
  'View',
  'Calls',
  'Filter and search',
  'Marks and files',
  'Act',
  'Program',
] as const;

export interface Action {
  readonly id: string;
  readonly title: string;
  readonly group: (typeof GROUPS)[number];
  readonly keys: readonly string[];
  run(app: App, count?: number): void;
}

export const ACTIONS: readonly Action[] = [
  {
    id: 'down',
    title: 'Next line, field or line of bytes',
    group: 'Move',
    keys: ['j', 'down'],
    run: (app, count = 1) => move(app, count),
  },
  {
    id: 'up',
    title: 'Line before',
    group: 'Move',
    keys: ['k', 'up'],
    run: (app, count = 1) => move(app, -count),
  },
  {
    id: 'right',
    title: 'Open the field, move the line, next byte',
    group: 'Move',
    keys: ['l', 'right'],
    run: (app, count = 1) => sideways(app, count),
  },
  {
    id: 'left',
    title: 'Close the field, move the line back, byte before',
    group: 'Move',
    keys: ['h', 'left'],
    run: (app, count = 1) => sideways(app, -count),
  },
  {
    id: 'page-down',
    title: 'A page down',
    group: 'Move',
    keys: ['pagedown', 'C-f'],
    run: (app) => page(app, 1),
  },
  { id: 'page-up', title: 'A page up', group: 'Move', keys: ['pageup', 'C-b'], run: (app) => page(app, -1) },
  { id: 'half-down', title: 'Half a page down', group: 'Move', keys: ['C-d'], run: (app) => page(app, 0.5) },
  { id: 'half-up', title: 'Half a page up', group: 'Move', keys: ['C-u'], run: (app) => page(app, -0.5) },
  {
    id: 'first',
    title: 'First line',
    group: 'Move',
    keys: ['gg', 'home'],
    run: (app) => move(app, Number.NEGATIVE_INFINITY),
  },
  {
    id: 'last',
    title: 'Last line; with a number, the packet of that number',
    group: 'Move',
    keys: ['G', 'end'],
    run(app, count) {
      if (count === undefined) move(app, Number.POSITIVE_INFINITY);
      else if (!app.goToRow(count - 1)) app.message = `packet ${count} is not in the list`;
    },
  },
  { id: 'next-pane', title: 'Next pane', group: 'View', keys: ['tab'], run: (app) => app.nextFocus(1) },
  {
    id: 'previous-pane',
    title: 'Pane before',
    group: 'View',
    keys: ['S-tab'],
    run: (app) => app.nextFocus(-1),
  },
  {
    id: 'enter',
    title: 'From the list to the fields; open or close a field',
    group: 'View',
    keys: ['enter'],
    run(app) {
      if (app.focus === 'list') app.focus = app.areas.tree === null ? 'list' : 'tree';
      else if (app.focus === 'tree') app.tree.toggle();
    },
  },
  {
    id: 'back',
    title: 'Stop what is going on; back to the list',
    group: 'View',
    keys: ['escape'],
    run(app) {
      if (!app.stop()) app.focus = 'list';
    },
  },
  {
    id: 'open-all',
    title: 'Open all fields',
    group: 'View',
    keys: ['E'],
    run: (app) => app.tree.setAll(true),
  },
  {
    id: 'close-all',
    title: 'Close all fields',
    group: 'View',
    keys: ['C'],
    run: (app) => app.tree.setAll(false),
  },
  {
    id: 'bytes-of',
    title: 'The next bytes: packet, reassembled, decrypted',
    group: 'View',
    keys: ['b'],
    run: (app) => app.bytes.nextSource(),
  },
  {
    id: 'zoom',
    title: 'Only this pane, or all',
    group: 'View',
    keys: ['z', '\\'],
    run(app) {
      app.zoomed = app.zoomed === null ? app.focus : null;
    },
  },
  {
    id: 'layout',
    title: 'Another arrangement of the panes',
    group: 'View',
    keys: ['|'],
    run(app) {
      const next = LAYOUTS[(LAYOUTS.indexOf(app.layout as 'stacked') + 1) % LAYOUTS.length]!;
      app.layout = next;
      app.message = `layout: ${next}`;
    },
  },
  { id: 'grow', title: 'A larger list', group: 'View', keys: ['+', '>'], run: (app) => grow(app, 5) },
  { id: 'shrink', title: 'A smaller list', group: 'View', keys: ['-', '<'], run: (app) => grow(app, -5) },
  {
    id: 'widen',
    title: 'A larger field tree',
    group: 'View',
    keys: ['}'],
    run(app) {
      app.treeShare = Math.min(90, app.treeShare + 5);
    },
  },
  {
    id: 'narrow',
    title: 'A smaller field tree',
    group: 'View',
    keys: ['{'],
    run(app) {
      app.treeShare = Math.max(10, app.treeShare - 5);
    },
  },
  {
    id: 'tail',
    title: 'Follow what comes in, or pause and keep the place',
    group: 'View',
    keys: ['p', ' '],
    run(app) {
      app.setTail(!app.tail);
      app.message = app.tail ? 'following what comes in' : 'paused';
    },
  },
  {
    id: 'mode',
    title: 'Packets or calls',
    group: 'Calls',
    keys: ['c'],
    run: (app) => app.setMode(app.mode === 'packets' ? 'calls' : 'packets'),
  },
  {
    id: 'jump',
    title: 'From the call to its reply and back',
    group: 'Calls',
    keys: ['x', '%'],
    run: (app) => app.jump(),
  },
  {
    id: 'color',
    title: 'Colour lines by outcome, connection, program or client',
    group: 'View',
    keys: ['K'],
    run(app) {
      app.coloredBy = COLORED_BY[(COLORED_BY.indexOf(app.coloredBy) + 1) % COLORED_BY.length]!;
      app.message = `coloured by ${app.coloredBy}`;
    },
  },
  {
    id: 'follow',
    title: 'What the two sides of this conversation said',
    group: 'Calls',
    keys: ['o'],
    run: (app) => app.followConversation('bytes'),
  },
  {
    id: 'follow-calls',
    title: 'Only the calls of this conversation',
    group: 'Calls',
    keys: ['O'],
    run: (app) => app.followConversation('calls'),
  },
  {
    id: 'statistics',
    title: 'Programs, latency, clients, errors, timeline',
    group: 'Calls',
    keys: ['t'],
    run: openStatistics,
  },
  {
    id: 'filter',
    title: 'Show only what a display filter lets through',
    group: 'Filter and search',
    keys: ['/'],
    run(app) {
      app.overlay = new FilterBar(app.filterRun?.text ?? '', app.filterHistory);
    },
  },
  {
    id: 'toggle-filter',
    title: 'Take the filter away, and put it back',
    group: 'Filter and search',
    keys: ['F'],
    run: (app) => app.toggleFilter(),
  },
  {
    id: 'filter-field',
    title: 'Show only what has the value of this field',
    group: 'Filter and search',
    keys: ['='],
    run: filterField,
  },
  {
    id: 'search',
    title: 'Search in lines, comments and bytes; x:dead beef for bytes only',
    group: 'Filter and search',
    keys: ['s'],
    run(app) {
      app.overlay = new Prompt('Search', '', search, app.searchHistory);
    },
  },
  {
    id: 'search-next',
    title: 'Search on',
    group: 'Filter and search',
    keys: ['n'],
    run: (app) => searchOn(app, 1),
  },
  {
    id: 'search-back',
    title: 'Search back',
    group: 'Filter and search',
    keys: ['N'],
    run: (app) => searchOn(app, -1),
  },
  {
    id: 'mark',
    title: 'Mark the packet, or take its mark away',
    group: 'Marks and files',
    keys: ['m'],
    run(app) {
      if (app.chosenRow >= 0) app.notes.toggleMark(app.chosenRow);
    },
  },
  {
    id: 'next-mark',
    title: 'Next mark or comment',
    group: 'Marks and files',
    keys: ["'"],
    run: (app) => nextNote(app, 1),
  },
  {
    id: 'previous-mark',
    title: 'Mark or comment before',
    group: 'Marks and files',
    keys: ['"'],
    run: (app) => nextNote(app, -1),
  },
  {
    id: 'comment',
    title: 'Comment on the packet; words with # are tags',
    group: 'Marks and files',
    keys: [';'],
    run(app) {
      const row = app.chosenRow;
      if (row < 0) return;
      app.overlay = new Prompt('Comment', app.notes.textOf(row), (text) => app.notes.setText(row, text));
    },
  },
  {
    id: 'save-all',
    title: 'Save all packets',
    group: 'Marks and files',
    keys: ['Sa'],
    run: (app) => save(app, 'all'),
  },
  {
    id: 'save-shown',
    title: 'Save the packets shown',
    group: 'Marks and files',
    keys: ['Sf'],
    run: (app) => save(app, 'shown'),
  },
  {
    id: 'save-marked',
    title: 'Save the packets with a mark or a comment',
    group: 'Marks and files',
    keys: ['Sm'],
    run: (app) => save(app, 'marked'),
  },
  {
    id: 'edit',
    title: 'Edit the call’s arguments in $EDITOR',
    group: 'Act',
    keys: ['e'],
    run: (app) => void edit(app),
  },
  {
    id: 'resend',
    title: 'Send the call again, edited or not, and compare the answers',
    group: 'Act',
    keys: ['r'],
    run: resend,
  },
  { id: 'fuzz', title: 'Fuzz this field: replay with it mutated', group: 'Act', keys: ['f'], run: fuzzField },
  {
    id: 'copy-json',
    title: 'Copy call and reply as JSON',
    group: 'Act',
    keys: ['yj'],
    run: (app) => copy(app, 'json'),
  },
  {
    id: 'copy-hex',
    title: 'Copy the marked bytes, or all, as hex',
    group: 'Act',
    keys: ['yh'],
    run: (app) => copy(app, 'hex'),
  },
  {
    id: 'copy-call',
    title: 'Copy an oncilla call line',
    group: 'Act',
    keys: ['yc'],
    run: (app) => copy(app, 'call'),
  },
  {
    id: 'mouse',
    title: 'Leave the mouse to the terminal, or take it',
    group: 'Program',
    keys: ['M'],
    run(app) {
      app.mouseOn = !app.mouseOn;
      app.host.mouse(app.mouseOn);
      app.message = app.mouseOn ? 'the mouse works here' : 'the mouse is the terminal’s';
    },
  },
  {
    id: 'help',
    title: 'Search this list, and run what it says',
    group: 'Program',
    keys: ['?', 'f1'],
    run(app) {
      app.overlay = new HelpOverlay('help');
    },
  },
  {
    id: 'palette',
    title: 'Find an action by a few letters',
    group: 'Program',
    keys: ['C-p', ':'],
    run(app) {
      app.overlay = new HelpOverlay('palette');
    },
  },
  {
    id: 'suspend',
    title: 'Stop, as a shell job',
    group: 'Program',
    keys: ['C-z'],
    run: (app) => app.host.suspend(),
  },
  { id: 'quit', title: 'Leave', group: 'Program', keys: ['q', 'C-c', 'ZZ'], run: (app) => app.host.quit() },
];

/** The list that the focused pane moves in. */
function paneList(app: App): ListPane {
  if (app.focus === 'tree') return app.tree.list;
  return app.focus === 'bytes' ? app.bytes.list : app.list;
}

function move(app: App, by: number): void {
  if (app.focus === 'bytes') {
    const { bytes } = app;
    const length = bytes.source?.len ?? 0;
    app.chooseByte(
      Number.isFinite(by)
        ? clampTo(bytes.cursor + by * BYTES_A_LINE, bytes.cursor, length)
        : by > 0
          ? length - 1
          : 0,
    );
    return;
  }
  const list = paneList(app);
  if (Number.isFinite(by)) list.move(by);
  else list.select(by > 0 ? list.count - 1 : 0);
}

/** A step that leaves the bytes is not made. */
function clampTo(to: number, from: number, length: number): number {
  return to < 0 || to >= length ? from : to;
}

function page(app: App, pages: number): void {
  const list = paneList(app);
  if (app.focus !== 'bytes') {
    list.page(pages);
    return;
  }
  const lines = Math.trunc(pages * list.height);
  const length = app.bytes.source?.len ?? 0;
  app.chooseByte(Math.min(Math.max(0, app.bytes.cursor + lines * BYTES_A_LINE), Math.max(0, length - 1)));
}

function sideways(app: App, by: number): void {
  if (app.focus === 'tree') app.tree.setOpen(by > 0);
  else if (app.focus === 'bytes') app.chooseByte(app.bytes.cursor + by);
  else app.list.left = Math.max(0, app.list.left + by * 8);
}

function grow(app: App, by: number): void {
  app.listShare = Math.min(90, Math.max(10, app.listShare + by));
}

/** Puts the chosen field with its value into the filter bar. */
function filterField(app: App): void {
  const node = app.tree.selected?.node;
  const text = node === undefined ? null : filterOf(node);
  if (text === null) app.message = 'choose a field with a value first';
  else app.overlay = new FilterBar(text, app.filterHistory);
}

function search(text: string, app: App): void {
  app.lastSearch = text;
  app.searchHistory.push(text);
  searchOn(app, 1);
}

function searchOn(app: App, by: 1 | -1): void {
  const needle = parseNeedle(app.lastSearch);
  if (needle === null)
    app.message = app.lastSearch === '' ? 's begins a search' : `no bytes: ${app.lastSearch}`;
  else app.job = new SearchJob(needle, by, app);
}

function nextNote(app: App, by: 1 | -1): void {
  const rows = app.notes.rows();
  const here = app.chosenRow;
  const at = by > 0 ? rows.find(here + 1) : rows.find(here) - 1;
  if (rows.length === 0) app.message = 'nothing is marked; m marks';
  else if (!app.goToRow(rows.get((at + rows.length) % rows.length))) app.message = 'the filter hides it';
}

const SAVED = { all: 'all packets', shown: 'the packets shown', marked: 'the packets with marks' } as const;

function save(app: App, which: keyof typeof SAVED): void {
  const rows = rowsToSave(app, which);
  if (rows.length === 0) {
    app.message = 'there is nothing to save';
    return;
  }
  app.overlay = new Prompt(`Save ${SAVED[which]} to`, '', (path) => {
    if (path.trim() === '') return;
    try {
      app.job = new SaveJob(path.trim(), app.host.create(path.trim()), rows, app);
    } catch (e) {
      app.message = `${path.trim()}: ${(e as Error).message}`;
    }
  });
}

function rowsToSave(app: App, which: keyof typeof SAVED): Rows {
  const { trace } = app.capture;
  if (which === 'all') return allPackets(trace);
  if (which === 'marked') return listed(app.notes.rows());
  if (app.mode === 'packets') return app.rows;
  const rows = new NumberList();
  for (let i = 0; i < app.rows.length; i++) {
    const call = app.rows.at(i);
    for (const message of [call, trace.peer.get(call)]) {
      const row = message < 0 ? -1 : trace.messageRow.get(message);
      if (row >= 0 && !rows.has(row)) rows.insert(row);
    }
  }
  return listed(rows);
}
