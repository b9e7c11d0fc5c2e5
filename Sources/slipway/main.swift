import CLinux
import Glibc
import SlipwayCommands

// Before anything is opened: what is opened first must not take the place of a closed stream.
slipway_fill_standard_descriptors()
// Whatever is made without a mode in mind is its owner's alone.
umask(0o077)
if let code = SlipwayCommand.helperCode(CommandLine.arguments) { exit(code) }
await SlipwayCommand.run()
