-- Reading words and showing values. `w` is the walk over one body: `tvb`, `at` (the next byte), `stop` (the end),
-- `program`, and what bounds it. A body that does not fit ends by error(STOPPED), after its place is marked.

local STOPPED = {}

local joined = {}

-- `path.name`, the same string each time
local function join(path, name)
  if path == "" then return name end
  local names = joined[path]
  if not names then
    names = {}
    joined[path] = names
  end
  local known = names[name]
  if not known then
    known = path .. "." .. name
    names[name] = known
  end
  return known
end

local function padded(n)
  return n + (-n) % 4
end

local function spend(w, tree)
  local budget = w.budget
  budget.left = budget.left - 1
  if budget.left > 0 then return end
  tree:add(w.tvb:range(w.at, 0), "more nodes than are shown")
  error(STOPPED)
end

-- Marks the place and ends the walk.
local function fail(w, tree, off, name, why)
  off = math.min(off, w.tvb:len())
  local len = math.min(4, w.tvb:len() - off)
  local item = tree:add(w.tvb:range(off, len), name .. ": " .. why)
  item:add_proto_expert_info(w.program.malformed, name .. ": " .. why)
  error(STOPPED)
end

-- Steps over `size` bytes and returns where they begin. `promised`: where a length word asked for them.
local function take(w, tree, name, size, promised)
  local at = w.at
  if size > w.stop - at then
    local left = w.stop - at
    local why = string.format("%.0f bytes expected, %d left", size, left)
    if w.cut then why = why .. " (the capture holds no more)" end
    fail(w, tree, promised or at, name, why)
  end
  w.at = at + size
  return at
end

local function take_word(w, tree, name)
  return w.tvb:range(take(w, tree, name, 4), 4):uint()
end

-- A path that stands for several kinds has the later ones under its name, `_` and theirs.
local function field_of(w, path, kind)
  local by_path = w.program.by_path
  local known = by_path[path]
  if known and known.kind == kind then return known.field end
  known = by_path[path .. "_" .. kind]
  return known and known.kind == kind and known.field
end

-- A value's node. Where the description has no field of that name and type, its text.
local function add_value(w, tree, path, kind, range, name)
  spend(w, tree)
  local field = field_of(w, path, kind)
  if not field then return tree:add(range, name .. ": " .. tostring(range:bytes())) end
  if kind == "string" then return (tree:add_packet_field(field, range, ENC_UTF_8)) end
  return tree:add(field, range)
end

-- Something with parts; its length is set when they are known. `title`: instead of the field's name.
local function open_value(w, tree, path, kind, title, shown)
  spend(w, tree)
  local field = kind == "none" and field_of(w, path, kind)
  local rest = w.tvb:range(w.at, w.stop - w.at)
  local item
  if field then
    item = tree:add(field, rest)
    if shown then item:set_text(title) end
  else
    item = tree:add(rest, title)
  end
  local open = w.open
  open[#open + 1] = { item, w.at }
  return item
end

local function close_value(w)
  local open = w.open
  local top = table.remove(open)
  top[1]:set_len(w.at - top[2])
end

local function show_absent(w, tree, name, off)
  spend(w, tree)
  tree:add(w.tvb:range(off, 4), name .. ": absent")
end

-- What a refinement may have to look at later.
local function remember(seen, path, value)
  local words = seen[path]
  if type(words) == "table" and words.list then
    words[#words + 1] = value
  else
    seen[path] = value
  end
end

-- By kind: shows the value. `wanted`: a union switches on it, so it is returned; else it is read only where something
-- else needs it, as most of a body's time goes into that.
local leaf = {}

function leaf.int(w, t, name, path, tree, wanted)
  local off = take(w, tree, name, 4)
  local range = w.tvb:range(off, 4)
  local value
  if wanted or t.least or w.seen then
    value = t.signed and range:int() or range:uint()
    if t.least and (value < t.least or value > t.greatest) then
      fail(w, tree, off, name, string.format("%d is not in %d to %d", value, t.least, t.greatest))
    end
    if w.seen then remember(w.seen, path, value) end
  end
  add_value(w, tree, path, t.f, range, name)
  return value
end

function leaf.bool(w, t, name, path, tree, wanted)
  local range = w.tvb:range(take(w, tree, name, 4), 4)
  add_value(w, tree, path, t.f, range, name)
  if not wanted and not w.seen then return nil end
  local value = range:uint() ~= 0 and 1 or 0
  if w.seen then remember(w.seen, path, value) end
  return value
end

-- 64 bits are switched on as "high:low": Lua 5.2 has no such numbers.
function leaf.hyper(w, t, name, path, tree, wanted)
  local off = take(w, tree, name, 8)
  add_value(w, tree, path, t.f, w.tvb:range(off, 8), name)
  if not wanted and not w.seen then return nil end
  local value = string.format("%.0f:%.0f", w.tvb:range(off, 4):uint(), w.tvb:range(off + 4, 4):uint())
  if w.seen then remember(w.seen, path, value) end
  return value
end

function leaf.float(w, t, name, path, tree)
  add_value(w, tree, path, t.f, w.tvb:range(take(w, tree, name, t.n), t.n), name)
end

-- How many bytes or elements there are: `n`, or a length word of at most `max`.
local function take_length(w, t, name, tree)
  if t.n then return t.n end
  local off = w.at
  local length = take_word(w, tree, name)
  if length > t.max then
    fail(w, tree, off, name, string.format("length %.0f exceeds %.0f", length, t.max))
  end
  return length
end

-- opaque and string
function leaf.bytes(w, t, name, path, tree)
  local promised = w.at
  local n = take_length(w, t, name, tree)
  local off = take(w, tree, name, padded(n), promised)
  local item = add_value(w, tree, path, t.f, w.tvb:range(off, n), name)
  if w.seen then w.seen[path] = { off = off, len = n, item = item } end
end
