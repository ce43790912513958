-- Refinements: which type the bytes of an opaque hold, chosen by values beside it. Bytes that do not hold what was
-- declared stay bytes, with a mark where they stop fitting; the message around them goes on.

-- What to look out for while the struct at `path` is walked.
function watched(held, path)
  local seen = {}
  for _, refinement in ipairs(held) do
    if refinement.by == "bitmap" then seen[join(path, refinement.on)] = { list = true } end
  end
  return seen
end

-- One field after the other for each bit set, low bits of the first word first; an unknown bit ends them.
local function bitmap_fields(refinement, words)
  local fields = {}
  for i, word in ipairs(words) do
    for bit = 0, 31 do
      if math.floor(word / 2 ^ bit) % 2 == 1 then
        local field = refinement.cases[(i - 1) * 32 + bit]
        if not field then return fields end
        fields[#fields + 1] = field
      end
    end
  end
  return fields
end

local function show_in(w, bytes, path, walk)
  local inner = {
    program = w.program,
    tvb = w.tvb,
    at = bytes.off,
    stop = bytes.off + bytes.len,
    open = {},
    entered = {},
    zero_sized = 0,
    held = w.held + 1,
    budget = w.budget,
  }
  guarded(inner, bytes.item, function()
    walk(inner, bytes.item, path)
  end)
end

local function show_one(w, refinement, path)
  local bytes = w.seen[join(path, refinement.field)]
  if type(bytes) ~= "table" or not bytes.item then return end
  local below = join(path, refinement.field)
  if refinement.by == "bitmap" then
    local words = w.seen[join(path, refinement.on)]
    show_in(w, bytes, below, function(inner, tree)
      for _, field in ipairs(bitmap_fields(refinement, words)) do
        node(inner, TYPES[field[2]], field[1], join(below, field[1]), tree, 2)
      end
    end)
    return
  end
  local index = refinement.always
  if not index then
    local value = w.seen[join(path, refinement.on)]
    if type(value) == "table" or value == nil then return end
    index = refinement.cases[value] or refinement.default
  end
  if not index then return end
  show_in(w, bytes, below, function(inner, tree)
    local t = TYPES[index]
    if t.k == "struct" or t.k == "union" then
      inside(inner, t, refinement.field, below, tree, 1)
    else
      node(inner, t, "value", join(below, "value"), tree, 1)
    end
  end)
end

function show_held(w, held, path)
  if w.held >= MAX_HELD then return end
  for _, refinement in ipairs(held) do
    show_one(w, refinement, path)
  end
end
