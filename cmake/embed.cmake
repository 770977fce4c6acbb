# cmake -D IN=FILE -D OUT=FILE.c -D NAME=SYMBOL -P embed.cmake: a text file as a C string, so that the
# program needs nothing beside it.
file(READ ${IN} hex HEX)
string(REGEX REPLACE "(..)" "\\\\x\\1" text "${hex}")
string(REGEX REPLACE "(................................................................)" "\\1\"\n\"" text "${text}")
file(WRITE ${OUT} "extern const char ${NAME}[];\nconst char ${NAME}[] =\n\"${text}\";\n")
