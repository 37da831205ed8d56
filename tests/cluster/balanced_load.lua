-- SPDX-License-Identifier: Apache-2.0
-- What wrk asks of gateways behind a balancer: wrk ... -s balanced_load.lua URL -- records|jobs FOLDER
--
-- Writes the id of each thing whose storing was acknowledged into FOLDER, a line each, and every
-- other answer that is no success into another file there.

local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

function init(args)
  kind = args[1]
  local name = kind .. "-" .. number
  acknowledged = assert(io.open(args[2] .. "/acknowledged-" .. name, "w"))
  refused = assert(io.open(args[2] .. "/refused-" .. name, "w"))
  acknowledged:setvbuf("line")
  refused:setvbuf("line")
  sent = 0
end

local type = {["Content-Type"] = "application/json"}
local records = "/v1/collections/notes/records"

function request()
  sent = sent + 1
  if kind == "jobs" then
    return wrk.format("POST", "/v1/queues/mail/jobs", type, '{"payload":"w"}')
  end
  local id = "w-" .. number .. "-" .. sent
  if sent % 3 == 0 then
    return wrk.format("GET", records .. "/seed")
  elseif sent % 3 == 1 then
    return wrk.format("PUT", records .. "/" .. id, type, '{"n":' .. sent .. "}")
  end
  return wrk.format("POST", records,
                    {["Content-Type"] = "application/json", ["Idempotency-Key"] = id},
                    '{"id":"' .. id .. '","n":' .. sent .. "}")
end

function response(status, headers, body)
  if status == 201 then
    acknowledged:write(body:match('"ids?":%[?"([^"]+)"'), "\n")
  elseif status ~= 200 then
    refused:write(status, " ", body:gsub("\n", " "), "\n")
  end
end

-- Without a trailing answer, wrk counts here: sockets that failed, and answers that were late.
function done(summary)
  local e = summary.errors
  io.write(string.format("connect %d read %d write %d timeout %d\n", e.connect, e.read, e.write,
                         e.timeout))
end
