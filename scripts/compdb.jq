# SPDX-License-Identifier: GPL-2.0-only
# The commands that make would run -> compile_commands.json
[
  inputs
  | capture("^(?<command>.* -c (?<file>[^ ]+[.]c) .*)$")
  | .directory = $directory
]
