-- Arguments and results by their description: containers, and the names of what is in them. A type within itself
-- keeps the path of its first use, so `entered` has the path of each struct and union on the way here.

local node, inside, watched, show_held

-- Nested deeper than this is refused before it is entered.
local function descend(w, tree, depth, name)
  if depth > MAX_DEPTH then fail(w, tree, w.at, name, "nested deeper than " .. MAX_DEPTH) end
end

local function elements_text(name, count)
  return string.format("%s: %.0f %s", name, count, count == 1 and "element" or "elements")
end

-- An element of an array or list: its parts, or its value under the array's own name.
local function element(w, t, index, name, path, tree, depth)
  local kind = t.k
  if kind == "void" then return end
  if kind == "optional" and not t.boxed then
    local off = w.at
    if take_word(w, tree, name) == 0 then return show_absent(w, tree, name, off) end
    return element(w, TYPES[t.e], index, name, path, tree, depth)
  end
  local read = leaf[kind]
  if read then return read(w, t, name, path, tree) end
  local item = open_value(w, tree, path, "element", "[" .. index .. "]")
  inside(w, t, name, path, item, depth)
  close_value(w)
end

local function struct(w, t, path, tree, depth, name)
  descend(w, tree, depth, name)
  local outer = w.seen
  local held = t.held
  if held then w.seen = watched(held, path) end
  for _, field in ipairs(t) do
    node(w, TYPES[field[2]], field[1], join(path, field[1]), tree, depth + 1)
  end
  if held then
    show_held(w, held, path)
    w.seen = outer
  end
end

local function union(w, t, path, tree, depth, name)
  descend(w, tree, depth, name)
  local at = w.at
  local on = t.on
  local switched = TYPES[on[2]]
  local value = leaf[switched.k](w, switched, on[1], join(path, on[1]), tree, true)
  local arm = t.cases[value]
  if arm == nil then arm = t.default end
  if arm == nil then fail(w, tree, at, on[1], "no arm for " .. tostring(value)) end
  arm = t.arms[arm]
  node(w, TYPES[arm[2]], arm[1], join(path, arm[1]), tree, depth + 1)
  return value
end

local function array(w, t, name, path, tree, depth, count)
  local inner = TYPES[t.e]
  local shown = count
  if t.size and t.size > 0 then shown = math.min(count, MAX_ELEMENTS) end
  for i = 0, shown - 1 do
    element(w, inner, i, name, path, tree, depth + 1)
  end
  if shown < count then
    tree:add(w.tvb:range(w.at, 0), (count - shown) .. " more elements")
    w.at = w.at + (count - shown) * t.size
  end
end

-- The number of an array's elements, which must fit in what is left.
local function array_count(w, t, name, tree, depth)
  descend(w, tree, depth, name)
  local promised = w.at
  local count = take_length(w, t, name, tree)
  if count * t.least > w.stop - w.at then
    local why = string.format("%.0f elements do not fit in %d bytes", count, w.stop - w.at)
    fail(w, tree, promised, name, why)
  end
  if t.least == 0 then
    w.zero_sized = w.zero_sized + count
    if w.zero_sized > MAX_ZERO_SIZED then
      fail(w, tree, promised, name, "more than " .. MAX_ZERO_SIZED .. " elements without bytes")
    end
  end
  return count
end

local function list(w, t, name, path, tree, depth)
  descend(w, tree, depth, name)
  local inner, count = TYPES[t.e], 0
  while true do
    local at = w.at
    if take_word(w, tree, name) == 0 then return count end
    if count >= MAX_LIST then fail(w, tree, at, name, "a list of more than " .. MAX_LIST .. " elements") end
    element(w, inner, count, name, path, tree, depth + 1)
    count = count + 1
  end
end

-- The parts of a struct, union, array, list or boxed optional, below an item that is open already.
function inside(w, t, name, path, tree, depth)
  local kind = t.k
  if kind == "struct" or kind == "union" then
    -- `same`: a struct that links itself and the items of such a list
    local entered, is = w.entered, t.same or t
    local first = entered[is]
    if not first then entered[is] = path end
    local value = (kind == "struct" and struct or union)(w, t, first or path, tree, depth, name)
    if not first then entered[is] = nil end
    return value
  elseif kind == "array" then
    local count = array_count(w, t, name, tree, depth)
    array(w, t, name, path, tree, depth, count)
  elseif kind == "list" then
    list(w, t, name, path, tree, depth)
  else
    descend(w, tree, depth, name)
    if take_word(w, tree, name) == 0 then return tree:append_text(": absent") end
    node(w, TYPES[t.e], "value", join(path, "value"), tree, depth + 1)
  end
end

-- A named part: a value, or something with parts. `kind`: of the optional that it stood in.
function node(w, t, name, path, tree, depth, kind)
  local is = t.k
  if is == "void" then return end
  local read = leaf[is]
  if read then return read(w, t, name, path, tree) end
  kind = kind or t.f
  if is == "optional" and not t.boxed then
    local off = w.at
    if take_word(w, tree, name) == 0 then return show_absent(w, tree, name, off) end
    return node(w, TYPES[t.e], name, path, tree, depth, kind)
  end
  local item = open_value(w, tree, path, kind, name)
  if is == "array" then
    local count = array_count(w, t, name, tree, depth)
    item:set_text(elements_text(name, count))
    array(w, t, name, path, item, depth, count)
  elseif is == "list" then
    item:set_text(elements_text(name, list(w, t, name, path, item, depth)))
  else
    inside(w, t, name, path, item, depth)
  end
  close_value(w)
end

-- A result that repeats until its discriminant is one of `last`.
local function repeated(w, t, last, name, tree)
  for i = 0, MAX_LIST - 1 do
    local item = open_value(w, tree, "", "element", "[" .. i .. "]")
    local value = inside(w, t, name, "", item, 2)
    close_value(w)
    if last[value] then return end
  end
  fail(w, tree, w.at, name, "a result of more than " .. MAX_LIST .. " elements")
end

-- Runs a walk to its end; false when it stopped before. Errors of our own are shown, not thrown.
local function guarded(w, tree, walk)
  local ok, why = pcall(walk)
  if ok then return true end
  for i = #w.open, 1, -1 do
    close_value(w)
  end
  if why ~= STOPPED then
    local item = tree:add(w.tvb:range(math.min(w.at, w.tvb:len()), 0), "not shown: " .. tostring(why))
    item:add_proto_expert_info(w.program.malformed, tostring(why))
  end
  return false
end

-- The arguments or results of a call within a call, in the fields of whoever describes it. What they hold is their
-- sender's business: they stay bytes where nobody does.
local function show_inner(w, bytes, inner, is_call)
  local known = described(inner.program, inner.version)
  local procedure = known and known.version.procedures[inner.procedure]
  if not procedure or type(bytes) ~= "table" or not bytes.item then return end
  known.show_body(known.program, procedure, is_call, w.tvb, bytes.off, bytes.off + bytes.len, false, bytes.item, w.budget)
end

-- Shows tvb[off, stop) as the body of a procedure. `cut`: the capture holds less than was sent. `inner`: the numbers
-- of the call that it holds.
local function show_body(program, procedure, is_call, tvb, off, stop, cut, tree, budget, inner)
  local w = {
    program = program,
    tvb = tvb,
    at = off,
    stop = stop,
    cut = cut,
    open = {},
    entered = {},
    zero_sized = 0,
    held = 0,
    budget = budget,
    seen = inner and {},
  }
  local t = TYPES[is_call and procedure.argument or procedure.result]
  local name = is_call and "arg1" or "result"
  local whole = guarded(w, tree, function()
    if procedure.last and not is_call then
      repeated(w, t, procedure.last, name, tree)
    elseif t.k == "struct" or t.k == "union" then
      inside(w, t, name, "", tree, 1)
    else
      node(w, t, name, name, tree, 1)
    end
  end)
  if inner then show_inner(w, w.seen[is_call and procedure.inner.arguments or procedure.inner.results], inner, is_call) end
  if whole and w.at < stop then
    local text = string.format("%d bytes behind the %s", stop - w.at, is_call and "arguments" or "result")
    tree:add(tvb:range(w.at, stop - w.at), text):add_proto_expert_info(program.trailing, text)
  end
end
