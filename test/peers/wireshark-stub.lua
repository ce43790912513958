-- As much of Wireshark's Lua API as a plugin uses, for the Lua versions that the tshark here does not have. Arguments:
-- the plugin, then UDP payloads in hex, C before calls and R before replies. Prints each field as path=hex.

local plugin = arg[1]
local protos, printed = {}, {}

local Range = {}
Range.__index = Range
-- strict as Wireshark is: whole numbers within the bytes
local function range(bytes, off, len)
  off = off or 0
  len = len or #bytes - off
  assert(off == math.floor(off) and len == math.floor(len) and off >= 0 and len >= 0 and off + len <= #bytes, "Range is out of bounds")
  return setmetatable({ raw = bytes:sub(off + 1, off + len) }, Range)
end
function Range:uint()
  local a, b, c, d = self.raw:byte(1, 4)
  return ((a * 256 + b) * 256 + c) * 256 + d
end
function Range:int()
  local value = self:uint()
  return value >= 0x80000000 and value - 0x100000000 or value
end
function Range:bytes()
  return setmetatable({}, { __tostring = function()
    return (self.raw:gsub(".", function(c) return string.format("%02X", c:byte()) end))
  end })
end
function Range:tvb()
  local raw = self.raw
  return { range = function(_, off, len) return range(raw, off, len) end, len = function() return #raw end, reported_len = function() return #raw end }
end

local Item = {}
Item.__index = Item
local function item() return setmetatable({}, Item) end
function Item:add(what, where)
  if type(what) == "table" and what.abbrev and getmetatable(where) == Range then
    printed[#printed + 1] = what.abbrev .. (what.kind == "none" and "" or "=" .. tostring(where:bytes()))
  end
  return item()
end
Item.add_packet_field = Item.add
function Item:set_text() end
function Item:append_text() end
function Item:set_len(len) assert(len == math.floor(len) and len >= 0) end
function Item:set_generated() end
function Item:add_proto_expert_info(_, why) printed[#printed + 1] = "! " .. why end

ENC_UTF_8, DESEGMENT_ONE_MORE_SEGMENT = 2, 0xfffffff
base = { DEC = 1 }
expert = { group = {}, severity = {} }
ProtoExpert = { new = function() return {} end }
ProtoField = setmetatable({}, { __index = function(_, kind)
  return function(abbrev, label) assert(label ~= "") return { abbrev = abbrev, kind = kind } end
end })
Proto = function(name)
  local proto = { name = name, register_heuristic = function(self, list, f) self[list] = f end }
  protos[#protos + 1] = proto
  return proto
end
Dissector = { get = function() return { call = function() end } end }
DissectorTable = { get = function() return { add = function() end, add_for_decode_as = function() end } end }
function get_preference() return false end
function set_preference() return true end

dofile(plugin)
local column = setmetatable({ set = function() end, clear_fence = function() end }, { __tostring = function() return "" end })
for i = 2, #arg do
  local call = arg[i]:sub(1, 1) == "C"
  local raw = arg[i]:sub(2):gsub("%x%x", function(hex) return string.char(tonumber(hex, 16)) end)
  local pinfo = {
    number = i, visited = false, port_type = 3, cols = { protocol = column, info = column },
    src = call and "c" or "s", dst = call and "s" or "c", src_port = call and 1 or 2, dst_port = call and 2 or 1,
  }
  assert(protos[1].udp(range(raw):tvb(), pinfo, item()), "not taken: " .. arg[i])
  print(table.concat(printed, " "))
  printed = {}
end
