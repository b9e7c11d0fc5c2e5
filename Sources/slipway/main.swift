import SlipwayCommands

await SlipwayCommand.run()
