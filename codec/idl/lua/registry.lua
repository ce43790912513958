-- What all plugins of ours share, whoever is loaded first: a connection may carry the programs of several.

local SHARED = "oncilla_rpc_1"

local shared = rawget(_G, SHARED)
if not shared then
  shared = {
    -- by program number and version: who describes it, and how its bodies are shown
    by_number = {},
    -- programs that Wireshark's own dissector claims, taken before it can where any of them is described here
    known = {},
    takes_known = false,
    -- calls by side and xid; and by frame what each reply answered, for frames that are looked at again
    calls = {},
    answered = {},
  }
  rawset(_G, SHARED, shared)
end

local function register(program, show_body)
  local by_version = shared.by_number[program.number] or {}
  shared.by_number[program.number] = by_version
  for _, version in ipairs(program.versions) do
    by_version[version.number] = { program = program, version = version, show_body = show_body }
  end
  if program.builtin then shared.takes_known = true end
  shared.heads = nil
end

for _, number in ipairs(KNOWN) do
  shared.known[number] = true
end

local function described(program, version)
  local by_version = shared.by_number[program]
  return by_version and by_version[version]
end

-- What calls that we take have behind their xid, in hex: for the first bytes of a stream, however few.
local function call_heads()
  if shared.heads then return shared.heads end
  local heads = {}
  for number, by_version in pairs(shared.by_number) do
    for version in pairs(by_version) do
      heads[#heads + 1] = string.format("0000000000000002%08x%08x", number, version)
    end
  end
  if shared.takes_known then
    for number in pairs(shared.known) do
      heads[#heads + 1] = string.format("0000000000000002%08x", number)
    end
  end
  shared.heads = heads
  return heads
end

local function forget()
  shared.calls, shared.answered = {}, {}
end
