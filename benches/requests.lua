-- The requests that wrk sends: each line of a file is one, with the fields of its head and its body. wrk gives this script
-- the name of the file, the method, the host, the encoding and the milliseconds that a connection pauses before each request.

local requests, next_request = {}, 0

function init(arguments)
   for line in io.lines(arguments[1]) do
      local cookie, address, body = line:match("^([^\t]*)\t([^\t]*)\t(.*)$")
      local headers = {
         ["Host"] = arguments[3],
         ["X-Forwarded-For"] = address,
         ["Accept-Encoding"] = arguments[4],
         ["Accept-Language"] = "en",
         ["Sec-Fetch-Dest"] = "document",
         ["Sec-Fetch-Mode"] = "navigate",
         ["Sec-Fetch-Site"] = "same-origin",
         ["Sec-Fetch-User"] = "?1",
         ["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
      }
      if cookie ~= "" then headers["Cookie"] = cookie end
      if body ~= "" then
         headers["Content-Type"] = "application/x-www-form-urlencoded"
         headers["Origin"] = "http://" .. arguments[3]
      else
         body = nil
      end
      requests[#requests + 1] = wrk.format(arguments[2], nil, headers, body)
   end
   local pause = tonumber(arguments[5])
   if pause > 0 then
      function delay() return pause end
   end
end

function request()
   next_request = next_request % #requests + 1
   return requests[next_request]
end

function done(summary, latency)
   local errors = summary.errors
   io.write(string.format(
      'FIGURES {"requests":%d,"seconds":%.6f,"p99_ms":%.4f,"refused":%d,"broken":%d}\n',
      summary.requests, summary.duration / 1e6, latency:percentile(99) / 1e3,
      errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
