-- What bounds the work on one message; the same numbers as oncilla's own (limits.ts, record-reader.ts).
local MAX_RECORD = 4 * 1024 * 1024
local MAX_FRAGMENTS = 4096
local MAX_EMPTY_FRAGMENTS = 8
local MAX_DEPTH = 64
local MAX_LIST = 100000
-- elements that take no bytes, all arrays of a message together
local MAX_ZERO_SIZED = 1024
-- elements shown of one array of fixed-size elements
local MAX_ELEMENTS = 10000
-- tree items of one frame; Wireshark itself gives up at a million
local MAX_NODES = 100000
local MAX_HELD = 4
