-- Where Wireshark comes in: TCP payload cut into records, UDP payload, and the question whether it is ours. A record
-- is asked for whole, all its fragments, so nothing is kept between frames and a second look gives the same.

local CALL_HEAD = 24
local TOP_BIT = 0x80000000

local function could_be_call(hex)
  local behind_xid = hex:sub(9)
  for _, head in ipairs(call_heads()) do
    local n = math.min(#head, #behind_xid)
    if head:sub(1, n) == behind_xid:sub(1, n) then return true end
  end
  return false
end

-- The record at `off`: its marks, and where it ends, or how many bytes are missing to know more. `bad`: no record
-- begins so.
local function scan(tvb, off)
  local n, at, empty = tvb:len(), off, 0
  local record = { marks = {}, bytes = 0 }
  while true do
    if n - at < 4 then
      record.missing = 4 - (n - at)
      return record
    end
    local mark = tvb:range(at, 4):uint()
    local last = mark >= TOP_BIT
    local len = last and mark - TOP_BIT or mark
    if len == 0 and not last then empty = empty + 1 end
    record.bytes = record.bytes + len
    local marks = record.marks
    marks[#marks + 1] = { off = at, len = len, last = last }
    if record.bytes > MAX_RECORD or #marks > MAX_FRAGMENTS or empty > MAX_EMPTY_FRAGMENTS then
      record.bad = true
      return record
    end
    at = at + 4 + len
    if at > n then
      record.missing = at - n
      return record
    end
    if last then
      record.stop = at
      return record
    end
  end
end

-- The first bytes of a record's message, as far as they are here, in lower-case hex.
local function head_of(tvb, record)
  local hex, left = "", CALL_HEAD
  for _, mark in ipairs(record.marks) do
    local n = math.min(mark.len, left, tvb:len() - mark.off - 4)
    if n > 0 then
      hex = hex .. tostring(tvb:range(mark.off + 4, n):bytes()):lower()
      left = left - n
    end
    if left == 0 then break end
  end
  return hex
end

-- Whether a message may begin so: a call, or a reply with a status there is.
local function plausible(hex)
  if #hex < 24 then return true end
  local kind, third = hex:sub(9, 16), hex:sub(17, 24)
  if kind == "00000000" then return third:sub(1, 6) == "000000" end
  return kind == "00000001" and (third == "00000000" or third == "00000001")
end

local function message_of(tvb, record)
  local marks = record.marks
  if #marks == 1 then return tvb:range(marks[1].off + 4, math.min(marks[1].len, tvb:len() - marks[1].off - 4)):tvb() end
  local bytes = ByteArray.new()
  for _, mark in ipairs(marks) do
    local n = math.min(mark.len, tvb:len() - mark.off - 4)
    if n > 0 then bytes:append(tvb:range(mark.off + 4, n):bytes()) end
  end
  return bytes:tvb("Reassembled RPC message")
end

local function want_more(pinfo, off, missing)
  pinfo.desegment_offset = off
  pinfo.desegment_len = missing or DESEGMENT_ONE_MORE_SEGMENT
end

-- Bytes taken of a TCP payload.
local function dissect_stream(tvb, pinfo, tree)
  local off, n = 0, tvb:len()
  while off < n do
    local record = scan(tvb, off)
    if record.bad or not plausible(head_of(tvb, record)) then return off end
    local cut = false
    if not record.stop then
      -- what the capture cut off will never come
      cut = tvb:reported_len() > n
      if not cut and pinfo.can_desegment > 0 then
        want_more(pinfo, off, record.missing)
        return n
      end
      cut = true
    end
    if record.bytes > 0 then
      show_message(message_of(tvb, record), cut, pinfo, tree, { tvb = tvb, list = record.marks })
    end
    off = record.stop or n
  end
  return n
end

local function dissect_datagram(tvb, pinfo, tree)
  local kind = word(tvb, 4)
  if kind ~= CALL and kind ~= REPLY then return 0 end
  show_message(tvb:range():tvb(), tvb:reported_len() > tvb:len(), pinfo, tree)
  return tvb:len()
end

-- Called for what is ours by conversation, by port or by Decode As.
local function dissector_of(proto)
  return function(tvb, pinfo, tree)
    local taken
    if pinfo.port_type == TCP then
      taken = dissect_stream(tvb, pinfo, tree)
    else
      taken = dissect_datagram(tvb, pinfo, tree)
    end
    -- the built-in dissector claims the conversation with every call it shows
    if taken > 0 then pinfo.conversation = proto end
    return taken
  end
end

local main = PROGRAMS[1].proto
-- not by main.dissector: what is called through Wireshark may not ask for more bytes
local dissect = dissector_of(main)

local function begins_stream(tvb, pinfo)
  if tvb:len() == 0 then return false end
  local record = scan(tvb, 0)
  if record.bad then return false end
  local hex = head_of(tvb, record)
  if #hex >= 40 then return could_be_call(hex) end
  -- too little to know: one more segment does no harm to what looks like a first record and is none
  local first = tvb:range(0, 1):uint()
  return pinfo.can_desegment > 0
    and not record.stop
    and (first == 0x80 or #hex >= 16)
    and could_be_call(hex)
    and "maybe"
end

local function tcp_heuristic(tvb, pinfo, tree)
  local is = begins_stream(tvb, pinfo)
  if is == "maybe" then
    want_more(pinfo, 0, nil)
    return true
  end
  return is and dissect(tvb, pinfo, tree) > 0
end

local function udp_heuristic(tvb, pinfo, tree)
  if tvb:len() < CALL_HEAD or not could_be_call(tostring(tvb:range(0, 20):bytes()):lower()) then
    if word(tvb, 4) ~= REPLY or not find_call(pinfo, word(tvb, 0)) then return false end
  end
  return dissect(tvb, pinfo, tree) > 0
end

main.init = forget
for _, program in ipairs(PROGRAMS) do
  program.proto.dissector = dissector_of(program.proto)
  for _, name in ipairs({ "tcp.port", "udp.port" }) do
    local ports = DissectorTable.get(name)
    if program.port then
      ports:add(program.port, program.proto)
    else
      ports:add_for_decode_as(program.proto)
    end
  end
end
main:register_heuristic("tcp", tcp_heuristic)
main:register_heuristic("udp", udp_heuristic)
