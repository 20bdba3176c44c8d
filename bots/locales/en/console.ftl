# The front end in the terminal.

console-saved = Saved: { $path }
console-deleted = Deleted: { $path }
console-no-button = There is no button #{ $number }.
console-leave = Press Ctrl-C again to leave.
