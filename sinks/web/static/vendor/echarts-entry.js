import * as core from 'echarts/core';
import {BarChart, LineChart, ScatterChart} from 'echarts/charts';
import {GridComponent, TooltipComponent, LegendComponent, AriaComponent} from 'echarts/components';
import {CanvasRenderer} from 'echarts/renderers';
core.use([BarChart, LineChart, ScatterChart, GridComponent, TooltipComponent, LegendComponent, AriaComponent, CanvasRenderer]);
window.echarts = {init: core.init, getInstanceByDom: core.getInstanceByDom};
