-- Drives the server with Neovim's own client, set up by what docs/editors.md says: SERVER, FILE and OUT come from the environment.
-- What Neovim has after each step is written to OUT, a line each.

local out = assert(io.open(os.getenv("OUT"), "w"))
local function say(...)
  out:write(table.concat({ ... }, " "), "\n")
  out:flush()
end

local function finish(code)
  out:close()
  vim.cmd("cquit " .. code)
end

--- The blocks of Lua on the page: one for Neovim 0.11 and later, one for those before, one for code lenses.
local function blocks()
  local here = debug.getinfo(1, "S").source:sub(2)
  local page = vim.fn.fnamemodify(here, ":p:h:h:h") .. "/docs/editors.md"
  local found = {}
  for body in table.concat(vim.fn.readfile(page), "\n"):gmatch("```lua\n(.-)\n```") do
    table.insert(found, body)
  end
  assert(#found == 3, "the page has " .. #found .. " blocks of Lua")
  return found
end

local is_new = vim.fn.has("nvim-0.11") == 1

-- What `vim.lsp.start` is from 0.8 on.
vim.lsp.start = vim.lsp.start or function(config)
  vim.lsp.buf_attach_client(0, assert(vim.lsp.start_client(config)))
end

local ok, failure = pcall(function()
  -- The page looks for the program on the PATH.
  local between = vim.fn.has("win32") == 1 and ";" or ":"
  vim.env.PATH = vim.fn.fnamemodify(os.getenv("SERVER"), ":h") .. between .. vim.env.PATH
  local new, old, lenses = unpack(blocks())
  assert(loadstring(is_new and new or old))()
  assert(loadstring(lenses))()

  vim.cmd("edit " .. vim.fn.fnameescape(os.getenv("FILE")))
  local buffer = vim.api.nvim_get_current_buf()
  local client
  assert(vim.wait(20000, function()
    local all = is_new and vim.lsp.get_clients({ bufnr = buffer }) or vim.tbl_values(vim.lsp.buf_get_clients(buffer))
    client = all[1]
    return client ~= nil and client.initialized
  end, 20), "the server does not begin")
  local function call(name, ...)
    if is_new then
      return client[name](client, ...)
    end
    return client[name](...)
  end

  local function diagnostics()
    local all = {}
    for _, found in ipairs(vim.diagnostic.get(buffer)) do
      table.insert(all, string.format("%d:%d %s", found.lnum + 1, found.col + 1, found.code or found.user_data.lsp.code))
    end
    table.sort(all)
    return table.concat(all, ", ")
  end
  assert(vim.wait(20000, function() return diagnostics() ~= "" end, 20), "no diagnostics")
  say("opened:", diagnostics())

  local function ask(method, params)
    params.textDocument = vim.lsp.util.make_text_document_params(buffer)
    local answer = assert(call("request_sync", method, params, 20000, buffer), method .. ": no answer")
    return answer.result
  end
  local line = vim.fn.search("condition:") - 1
  local column = vim.fn.getline(line + 1):find("amout") - 1
  local at = { line = line, character = column + 1 }

  -- As a key that is mapped to it does: a list to choose from, then the edit.
  local offered = {}
  vim.ui.select = function(items, options, choose)
    offered = vim.tbl_map(options.format_item, items)
    choose(items[1], 1)
  end
  vim.api.nvim_win_set_cursor(0, { line + 1, column + 1 })
  vim.lsp.buf.code_action()
  assert(vim.wait(20000, function() return #offered > 0 end, 20), "no code actions")
  say("fix:", offered[1])
  assert(vim.wait(20000, function() return diagnostics() == "" end, 20), "the fix mends nothing: " .. diagnostics())
  say("mended:", vim.trim(vim.fn.getline(line + 1)))

  local hover = ask("textDocument/hover", { position = at })
  say("hover:", vim.split(hover.contents.value, "\n")[1])
  local found = ask("textDocument/definition", { position = at })
  say("defined in line", tostring(found[1].range.start.line + 1))
  local completion = ask("textDocument/completion", { position = { line = line, character = column } })
  say("completions:", completion.items[1].label, completion.items[2].label)

  local titles = {}
  for _, lens in ipairs(ask("textDocument/codeLens", {})) do
    table.insert(titles, lens.command.title)
    -- The graph is a picture, which a terminal does not show.
    local is_known = vim.lsp.commands[lens.command.command] ~= nil or lens.command.command == "glueCompile.showDag"
    assert(is_known, lens.command.command .. " is unknown")
  end
  say("lenses:", table.concat(titles, ", "))
  if is_new then
    vim.cmd("silent write")
    local function screen() return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n") end
    local uri = vim.uri_from_bufnr(buffer)
    -- Figures are recorded by runs, and none has been: that is what is said of them.
    for name, wanted in pairs({ showPlan = "job a", runSample = "SAMPLED", dryRun = "would read", showStats = "GC1021" }) do
      local command = { command = "glueCompile." .. name, arguments = { uri, "a", vim.NIL } }
      vim.lsp.commands[command.command](command, { bufnr = buffer, client_id = client.id })
      local is_shown = vim.wait(20000, function() return screen():find(wanted) ~= nil end, 20)
      assert(is_shown, name .. " shows " .. screen())
    end
  end

  call("stop")
  assert(vim.wait(20000, function() return call("is_stopped") end, 20), "the server does not end")
end)
if not ok then
  say("failed:", tostring(failure))
end
finish(ok and 0 or 1)
