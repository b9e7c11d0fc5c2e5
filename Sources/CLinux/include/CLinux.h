#pragma once
#include "CLinuxFiles.h"
#include "CLinuxNetwork.h"
#include "CLinuxProcess.h"
#include "CLinuxRootless.h"
#include "CLinuxTerminal.h"
#include "CLinuxUsers.h"
