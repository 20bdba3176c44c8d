# 终端里的界面。

console-saved = 已保存：{ $path }
console-deleted = 已删除：{ $path }
console-no-button = 没有按钮 #{ $number }。
console-leave = 再按一次 Ctrl-C 离开。
