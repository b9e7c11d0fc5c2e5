import CLinux
import SlipwayCommands

// Before anything is opened: what is opened first must not take the place of a closed stream.
slipway_fill_standard_descriptors()
await SlipwayCommand.run()
