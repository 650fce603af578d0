-- Drives the server with Neovim's own client: SERVER, FILE and OUT come from the environment.
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

local ok, failure = pcall(function()
  vim.cmd("edit " .. vim.fn.fnameescape(os.getenv("FILE")))
  local buffer = vim.api.nvim_get_current_buf()
  local id = assert(vim.lsp.start_client({
    name = "glue-compile",
    cmd = { os.getenv("SERVER"), "lsp" },
    root_dir = vim.fn.fnamemodify(os.getenv("FILE"), ":h"),
  }))
  assert(vim.lsp.buf_attach_client(buffer, id))
  local client = vim.lsp.get_client_by_id(id)
  assert(vim.wait(20000, function() return client.initialized end, 20), "the server does not begin")

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
    local answer = assert(client.request_sync(method, params, 20000, buffer), method .. ": no answer")
    return answer.result
  end
  local line = vim.fn.search("condition:") - 1
  local column = vim.fn.getline(line + 1):find("amout") - 1
  local at = { line = line, character = column + 1 }

  local actions = ask("textDocument/codeAction", { range = { start = at, ["end"] = at }, context = { diagnostics = {} } })
  say("fix:", actions[1].title)
  vim.lsp.util.apply_workspace_edit(actions[1].edit, client.offset_encoding)
  assert(vim.wait(20000, function() return diagnostics() == "" end, 20), "the fix mends nothing: " .. diagnostics())
  say("mended:", vim.trim(vim.fn.getline(line + 1)))

  local hover = ask("textDocument/hover", { position = at })
  say("hover:", vim.split(hover.contents.value, "\n")[1])
  local found = ask("textDocument/definition", { position = at })
  say("defined in line", tostring(found[1].range.start.line + 1))
  local completion = ask("textDocument/completion", { position = { line = line, character = column } })
  say("completions:", completion.items[1].label, completion.items[2].label)
  client.stop()
  assert(vim.wait(20000, function() return client.is_stopped() end, 20), "the server does not end")
end)
if not ok then
  say("failed:", tostring(failure))
end
finish(ok and 0 or 1)
