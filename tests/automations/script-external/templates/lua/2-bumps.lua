for _, name in ipairs({"a.yaml", "b.yaml"}) do
  table.insert(bumps, {file = name, regex = "version: .*", replacement = "version: {{ context.version }}"})
end
