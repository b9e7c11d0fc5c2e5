#pragma once
#include "CLinuxAddresses.h"
#include "CLinuxDisks.h"
#include "CLinuxFiles.h"
#include "CLinuxNetwork.h"
#include "CLinuxProcess.h"
#include "CLinuxTerminal.h"
#include "CLinuxUsers.h"
