@rem The script "start" begins with exec, so that no shell stands between npm and Weir. This is exec where cmd.exe is the shell.
@%*
