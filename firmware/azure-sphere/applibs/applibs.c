/* A stand-in for Azure Sphere's libapplibs.so, for tests on a computer: what the board needs of it, no more.
 *
 * The signatures are Microsoft's (learn.microsoft.com/azure-sphere/reference/applibs-reference); the rest is ours. The
 * image package is the folder that APPLIBS_PACKAGE names. The network is not ready until it was asked for twice. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int Log_Debug(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int written = vfprintf(stderr, format, arguments);
    va_end(arguments);
    return written < 0 ? -1 : 0;
}

int Networking_IsNetworkingReady(bool *ready)
{
    static int asked;
    *ready = ++asked > 2;
    return 0;
}

int Storage_OpenFileInImagePackage(const char *path)
{
    char absolute[4096];
    const char *package = getenv("APPLIBS_PACKAGE");
    if (package == NULL || *path == '/' || *path == '.' || strstr(path, "..") != NULL) {
        errno = EINVAL;
        return -1;
    }
    int length = snprintf(absolute, sizeof absolute, "%s/%s", package, path);
    if (length < 0 || (size_t)length >= sizeof absolute) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return open(absolute, O_RDONLY | O_CLOEXEC);
}
