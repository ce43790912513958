-- Wireshark's Proto and ProtoFields of each program, under names that nobody has yet.

local TCP_LAST = "rpc.lastfrag"
local TCP_LENGTH = "rpc.fraglen"

-- The name that inspect uses; where Wireshark has a protocol of that name, with the version behind it: nfs_v3.
local function make_proto(program)
  local names = { program.filter, program.filter .. "_v" .. program.versions[1].number }
  for i = 2, 9 do
    names[#names + 1] = names[2] .. "_" .. i
  end
  for _, name in ipairs(names) do
    local ok, proto = pcall(Proto, name, program.title .. " (" .. name .. ")")
    if ok then return proto, name end
  end
  error("no free name for a protocol " .. program.filter)
end

-- Every small integer is four bytes.
local MAKERS = {
  none = "none",
  boolean = "bool",
  int8 = "int32",
  int16 = "int32",
  int32 = "int32",
  int64 = "int64",
  uint8 = "uint32",
  uint16 = "uint32",
  uint32 = "uint32",
  uint64 = "uint64",
  float = "float",
  double = "double",
  string = "string",
  bytes = "bytes",
}

local function make_field(kind, name, label, strings)
  local maker = MAKERS[kind]
  if maker:find("int") then return ProtoField[maker](name, label, base.DEC, strings) end
  return ProtoField[maker](name, label)
end

-- Each field with its kind, by path.
local function make_fields(program)
  local list, by_path = {}, {}
  local function add(path, kind, label, strings)
    -- another plugin may have the name for another type: then values are shown as text
    local ok, field = pcall(make_field, kind, program.name .. "." .. path, label, strings)
    if not ok then return nil end
    list[#list + 1] = field
    by_path[path] = { kind = kind, field = field }
    return field
  end
  for _, field in ipairs(program.fields) do
    add(field[1], field[2], field[1]:match("[^.]*$"), field[3])
  end
  for _, version in ipairs(program.versions) do
    version.shown = add(version.field, "uint32", "V" .. version.number .. " Procedure", version.names)
  end
  -- what the built-in dissector shows of a record mark, which it never sees
  pcall(function()
    local last = ProtoField.bool(TCP_LAST, "Last Fragment", 32, { "Yes", "No" }, 0x80000000)
    local length = ProtoField.uint32(TCP_LENGTH, "Fragment Length", base.DEC, nil, 0x7fffffff)
    list[#list + 1], list[#list + 2] = last, length
    program.last_fragment, program.fragment_length = last, length
  end)
  program.by_path = by_path
  program.proto.fields = list
end

for _, program in ipairs(PROGRAMS) do
  program.proto, program.name = make_proto(program)
  make_fields(program)
  program.malformed = ProtoExpert.new(
    program.name .. "._malformed",
    "Does not fit the description",
    expert.group.MALFORMED,
    expert.severity.ERROR
  )
  program.trailing = ProtoExpert.new(
    program.name .. "._trailing",
    "Bytes behind the end",
    expert.group.PROTOCOL,
    expert.severity.WARN
  )
  program.proto.experts = { program.malformed, program.trailing }
end
