-- One RPC message: the built-in dissector shows its header (rpc.*), then the body follows here. Replies are told by
-- the latest call of their xid in the same conversation and direction, so callbacks and xids used again are right.

local CALL, REPLY = 0, 1
-- pinfo.port_type
local TCP = 2
local RPC_VERSION = 2
local ACCEPTED, SUCCESS = 0, 0
local GSS, AUTH_GSSAPI = 6, 300001
local UNKNOWN_PROGRAMS = "rpc.dissect_unknown_programs"
local GSS_DATA, INTEGRITY, PRIVACY = 0, 2, 3

local rpc = Dissector.get("rpc")

for _, program in ipairs(PROGRAMS) do
  register(program, show_body)
end

-- Of the side that called. UDP replies may come from another address of the server.
local function caller(pinfo, is_call)
  local from = is_call and "src" or "dst"
  local key = tostring(pinfo[from]) .. ":" .. pinfo[from .. "_port"]
  if pinfo.port_type ~= TCP then return key end
  local to = is_call and "dst" or "src"
  return key .. ">" .. tostring(pinfo[to]) .. ":" .. pinfo[to .. "_port"]
end

local function word(tvb, off)
  if off < 0 or off + 4 > tvb:len() then return nil end
  return tvb:range(off, 4):uint()
end

-- Where the opaque auth at `off` ends, its flavor, and where its body begins; nil when it does not fit.
local function skip_auth(tvb, off)
  local flavor, len = word(tvb, off), word(tvb, off + 4)
  if not len then return nil end
  local stop = off + 8 + padded(len)
  if stop > tvb:len() then return nil end
  return stop, flavor, off + 8
end

-- How the bodies of a call and its reply are wrapped: nil, or "integrity", "sealed", "control".
local function wrapping(tvb, flavor, off)
  if flavor == AUTH_GSSAPI then return "sealed" end
  if flavor ~= GSS then return nil end
  local procedure, service = word(tvb, off + 4), word(tvb, off + 12)
  if procedure ~= GSS_DATA then return "control" end
  if service == INTEGRITY then return "integrity" end
  if service == PRIVACY then return "sealed" end
  return nil
end

-- The numbers of the call that a call's arguments hold (CALLIT), for its reply too; nil where they hold none.
local function inner_call(tvb, off, procedure)
  local places = procedure and procedure.inner
  if not places then return nil end
  local program, version = word(tvb, off + places.program), word(tvb, off + places.version)
  local number = word(tvb, off + places.procedure)
  return program and version and number and { program = program, version = version, procedure = number }
end

-- The call at the start of tvb, or nil.
local function read_call(tvb)
  if word(tvb, 4) ~= CALL or word(tvb, 8) ~= RPC_VERSION then return nil end
  local known, number = described(word(tvb, 12), word(tvb, 16)), word(tvb, 20)
  if not known or not number then return nil end
  local after, flavor, off = skip_auth(tvb, 24)
  local call = { known = known, number = number, procedure = known.version.procedures[number] }
  if not after then return call end
  call.wrapped = wrapping(tvb, flavor, off)
  local body = skip_auth(tvb, after)
  if body and not call.wrapped then call.inner = inner_call(tvb, body, call.procedure) end
  return call, body
end

-- The call that a reply answers, or nil.
local function find_call(pinfo, xid)
  local side = caller(pinfo, false)
  local frame = pinfo.number .. "/" .. side .. "/" .. xid
  if pinfo.visited then return shared.answered[frame] end
  local of_side = shared.calls[side]
  local call = of_side and of_side[xid]
  if call then shared.answered[frame] = call end
  return call
end

local function enter_call(pinfo, xid, call)
  if pinfo.visited then return end
  local side = caller(pinfo, true)
  local of_side = shared.calls[side]
  if not of_side then
    of_side = {}
    shared.calls[side] = of_side
  end
  of_side[xid] = call
end

-- Where the result of a successful reply begins, or nil.
local function result_offset(tvb)
  if word(tvb, 8) ~= ACCEPTED then return nil end
  local after = skip_auth(tvb, 12)
  if not after or word(tvb, after) ~= SUCCESS then return nil end
  return after + 4
end

-- The columns as the built-in dissector has them, with names for what it did not know.
local function name_columns(pinfo, call)
  if call.known.program.builtin then return end
  local protocol, info = tostring(pinfo.cols.protocol), tostring(pinfo.cols.info)
  if protocol == "RPC" or protocol:find("^Unknown RPC program") then
    pinfo.cols.protocol:set(call.known.program.column)
  end
  local name = call.known.version.names[call.number]
  local from, to = info:find("proc%-" .. call.number .. " ")
  if not name or not from then return end
  pinfo.cols.info:clear_fence()
  pinfo.cols.info:set(info:sub(1, from - 1) .. name .. " " .. info:sub(to + 1))
end

local function nothing() end

-- The built-in dissector claims a UDP server's port for itself, whoever the client is, and we would never be asked
-- again. So it is shown a port that no packet has, the same for calls and their replies.
local function hide_port(pinfo, side)
  if pinfo.port_type == TCP then return nothing end
  local port = pinfo[side]
  pinfo[side] = port + 0x10000
  return function()
    pinfo[side] = port
  end
end

-- Shows the header, and what the built-in dissectors know of the body behind it, at `off`; nothing of a body that they
-- do not know. Programs nobody knows are nobody's business by default, and stay so for others: on for this call only,
-- and never applied, as apply_preferences() would write them to the user's file. pcall: bodies may not fit.
local function show_header(tvb, call, off, pinfo, tree)
  local restore = hide_port(pinfo, word(tvb, 4) == CALL and "dst_port" or "src_port")
  if not call or call.known.program.builtin then
    pcall(rpc.call, rpc, tvb, pinfo, tree)
  else
    local before = get_preference(UNKNOWN_PROGRAMS)
    if not before then set_preference(UNKNOWN_PROGRAMS, true) end
    pcall(rpc.call, rpc, off and not call.wrapped and tvb:range(0, off):tvb() or tvb, pinfo, tree)
    if not before then set_preference(UNKNOWN_PROGRAMS, false) end
  end
  restore()
end

local function show_marks(program, marks, tree)
  if not marks then return end
  for _, mark in ipairs(marks.list) do
    local range = marks.tvb:range(mark.off, 4)
    local kind = mark.last and "Last fragment" or "Fragment"
    local item = tree:add(range, string.format("Fragment header: %s, %d bytes", kind, mark.len))
    if program.last_fragment then item:add(program.last_fragment, range) end
    if program.fragment_length then item:add(program.fragment_length, range) end
  end
end

-- Without details, filters or fields there is no tree to fill, and no other way to tell.
local function has_tree(tree)
  return not tostring(tree):find("has item=false", 1, true)
end

local budget_frame, budget

-- one budget for all messages of a frame
local function budget_of(pinfo)
  if budget_frame ~= pinfo.number then
    budget_frame, budget = pinfo.number, { left = MAX_NODES }
  elseif budget.left <= 0 then
    return nil
  end
  return budget
end

local WRAPPED = {
  sealed = "sealed by RPCSEC_GSS",
  control = "sets up or ends an RPCSEC_GSS context",
}

local function show_program(call, is_call, tvb, off, cut, pinfo, tree, marks)
  local known, stop = call.known, tvb:len()
  local program = known.program
  local item = tree:add(program.proto, tvb:range(off, stop - off))
  show_marks(program, marks, item)
  if known.version.shown then item:add(known.version.shown, call.number):set_generated(true) end
  if not call.procedure then
    if off < stop then item:add(tvb:range(off, stop - off), stop - off .. " bytes of a procedure not described") end
    return
  end
  if WRAPPED[call.wrapped] then
    item:add(tvb:range(off, stop - off), string.format("%d bytes, %s", stop - off, WRAPPED[call.wrapped]))
    return
  end
  if call.wrapped == "integrity" then
    local len = word(tvb, off)
    if not len or len < 4 or off + 8 > stop then return end
    off, stop = off + 8, math.min(off + 4 + len, stop)
    if stop < off then return end
  end
  local nodes = budget_of(pinfo)
  if nodes then known.show_body(program, call.procedure, is_call, tvb, off, stop, cut, item, nodes, call.inner) end
end

-- A whole message, or as much of it as the capture holds (`cut`). False when it is none of our programs'.
local function show_message(tvb, cut, pinfo, tree, marks)
  local xid, kind = word(tvb, 0), word(tvb, 4)
  local call, off
  if kind == CALL then
    call, off = read_call(tvb)
    if call then enter_call(pinfo, xid, call) end
  elseif kind == REPLY then
    call = find_call(pinfo, xid)
    off = call and result_offset(tvb)
  end
  if kind ~= CALL and kind ~= REPLY then return false end
  show_header(tvb, call, off, pinfo, tree)
  if not call then return false end
  name_columns(pinfo, call)
  if off and has_tree(tree) then show_program(call, kind == CALL, tvb, off, cut, pinfo, tree, marks) end
  return true
end
